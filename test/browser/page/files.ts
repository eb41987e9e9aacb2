/** Stands in for `node:fs` and `node:url` in a page: files that are in memory. */

const files = new Map<string, Uint8Array>();

/** Adds files, in base64 by path. */
export function mount(contents: Readonly<Record<string, string>>): void {
  for (const [path, base64] of Object.entries(contents)) {
    files.set(
      path,
      Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
    );
  }
}

export function fileURLToPath(url: string | URL): string {
  return decodeURIComponent(new URL(url).pathname);
}

export function existsSync(path: string): boolean {
  return files.has(path) || [...files.keys()].some((file) => file.startsWith(`${path}/`));
}

export function readdirSync(path: string): string[] {
  const prefix = `${path}/`;
  const below = [...files.keys()].filter((file) => file.startsWith(prefix));
  return [...new Set(below.map((file) => file.slice(prefix.length).split('/')[0]!))].sort();
}

export function readFileSync(path: string | URL, encoding?: 'utf8'): Uint8Array | string {
  const name = typeof path === 'string' ? path : fileURLToPath(path);
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`the page has no file ${name}`);
  return encoding === undefined ? bytes.slice() : new TextDecoder().decode(bytes);
}
