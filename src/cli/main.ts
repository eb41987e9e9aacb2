#!/usr/bin/env node
import { runCli } from './cli.js';
import { terminalOf } from './terminal.js';

// A reader that has seen enough (`pvm disassemble FILE | head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

/** A second Ctrl-C ends the process as it would without us. */
function onInterrupt(listener: () => void): () => void {
  process.once('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

// The exit code is set, not forced by exit(), so that what was written to a pipe still gets out.
process.exitCode = await runCli(process.argv.slice(2), {
  out: (data) => process.stdout.write(data),
  err: (text) => process.stderr.write(text),
  terminal: terminalOf(process, process.env),
  onInterrupt,
});
