#!/usr/bin/env node
import { runCli } from './cli.js';

// A reader that has seen enough (`pvm disassemble FILE | head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// The exit code is set, not forced by exit(), so that what was written to a pipe still gets out.
process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
