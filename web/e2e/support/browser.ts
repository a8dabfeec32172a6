import { chromium, type Browser } from '@playwright/test';

/** What Playwright turns off. The switch counts once, and ours comes last, so its list stands here again. */
const offForPlaywright = [
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...['HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'PaintHolding', 'ThirdPartyStoragePartitioning'],
  ...['AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled'],
  'PreconnectToSearch',
];

/**
 * Chromium makes two pages of its own for the address bar of every window, and keeps a process ready for the next
 * page. Nobody sees an address bar here, and all that took half of the time of a test.
 */
const offForSpeed = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess'];

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
    `--disable-features=${[...offForPlaywright, ...offForSpeed].join(',')}`,
  ],
};

/** A browser for programs that are no tests: pictures, measurements. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch(launchOptions);
}
