import { chromium, type Browser } from '@playwright/test';

/** Debian's Chromium, or the one that CHROMIUM names, without anything that asks the outside world. */
export const launchOptions = {
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
};

/** A browser for programs that are no tests: pictures, measurements. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch(launchOptions);
}
