/** Drives Chromium: the one that the system has, or that `CHROMIUM` names. */
import { type Browser, chromium } from 'playwright-core';

/** Starts the browser without its user interface, and without its sandbox, which it does not have as root. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
