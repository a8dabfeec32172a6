import { defineConfig, devices } from '@playwright/test';

// With COUNTERSIGN_URL the tests look at a server that runs already, else at the built client alone.
const url = process.env.COUNTERSIGN_URL;
const previewUrl = 'http://127.0.0.1:4173';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'e2e/results',
  reporter: 'list',
  workers: 1,
  use: {
    ...devices['Desktop Chrome'],
    baseURL: url ?? previewUrl,
    launchOptions: {
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
    },
  },
  ...(url === undefined
    ? { webServer: { command: 'npx vite preview --host 127.0.0.1 --port 4173 --strictPort', url: previewUrl } }
    : {}),
});
