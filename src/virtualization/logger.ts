/** The target of everything that this layer logs. */
export const LOG_TARGET = 'virtualization';

/** One message for a host's log. */
export interface LogRecord {
  /** `warn`: somebody should know. `debug`: the reason behind an error code. */
  readonly level: 'warn' | 'debug';
  readonly target: string;
  readonly message: string;
}

/** Where messages go: plug in the host's own log. */
export type Logger = (record: LogRecord) => void;

/** Prints warnings to the console and drops the rest. The default. */
export const consoleLogger: Logger = ({ level, target, message }) => {
  if (level === 'warn') console.warn(`${target}: ${message}`);
};

/** Drops everything. */
export const silentLogger: Logger = () => {};
