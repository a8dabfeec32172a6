import { defineConfig } from '@playwright/test';
import { launchOptions } from './e2e/support/browser';

// Every test talks to the real program, which `e2e/support` starts; scripts/build-web.sh and cargo build come first.
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'e2e/results',
  globalSetup: './e2e/support/services.ts',
  reporter: 'list',
  fullyParallel: true,
  forbidOnly: process.env.CI !== undefined,
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  // Twenty browsers take the whole machine: they come first and alone (`--no-deps` leaves them out).
  projects: [
    { name: 'crowd', testMatch: /(crowd|long_room|nodes)\.spec\.ts/, workers: 1 },
    { name: 'pages', testIgnore: /(crowd|long_room|nodes)\.spec\.ts/, dependencies: ['crowd'] },
  ],
  use: {
    actionTimeout: 20_000,
    locale: 'en-US',
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    // The last frame of every animation at once: half-faded text has no contrast, and nothing has to be waited for.
    contextOptions: { reducedMotion: 'reduce' },
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false, sources: true },
    launchOptions,
  },
});
