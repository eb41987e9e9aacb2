/** The engine's backends: what depends on the execution of programs is tested under each of them. */
export const BACKENDS = ['interpreter', 'compiler', 'auto'] as const;
