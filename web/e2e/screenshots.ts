// npm run screenshots -- FOLDER: pictures of the main pages, in both languages, light and dark, wide and narrow.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import type { Language } from '../src/api/types';
import { launchOptions } from './support/browser';
import { sampleTeam, type Sample } from './support/sample';
import { Server } from './support/server';

interface Look {
  language: Language;
  colorScheme: 'light' | 'dark';
  width: 1280 | 375;
}

interface Shot {
  name: string;
  path: string;
  who: 'member' | 'administrator' | 'nobody';
  /** Brings the page into the state that is to be seen. */
  prepare?: (page: Page) => Promise<void>;
}

const looks: Look[] = (['zh-CN', 'en'] as const).flatMap((language) =>
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    ([1280, 375] as const).map((width) => ({ language, colorScheme, width })),
  ),
);

function shotsOf({ rooms, invitation }: Sample, { language, width }: Look): Shot[] {
  const room = rooms[language];
  const [last] = room.texts.slice(-1);
  const settled = (page: Page) => page.getByTestId('message').last().waitFor();
  return [
    { name: 'sign-in', path: '/', who: 'nobody' },
    { name: 'join', path: invitation, who: 'nobody' },
    { name: 'rooms', path: '/rooms', who: 'member' },
    { name: 'room', path: `/rooms/${room.id}`, who: 'member', prepare: settled },
    {
      name: 'room-people',
      path: `/rooms/${room.id}`,
      who: 'member',
      prepare: async (page) => {
        await settled(page);
        await page.getByTestId('people-toggle').click();
      },
    },
    {
      name: 'room-writing',
      path: `/rooms/${room.id}`,
      who: 'member',
      prepare: async (page) => {
        await settled(page);
        if (width > 400) await page.getByText(last ?? '').last().hover();
        await page.getByTestId('composer').fill(language === 'en' ? 'Thank you all! @' : '谢谢大家！@');
        await page.getByTestId('composer').press('End');
      },
    },
    {
      name: 'search',
      path: `/rooms/${room.id}`,
      who: 'member',
      prepare: async (page) => {
        await settled(page);
        await page.getByTestId('search-toggle').click();
        await page.keyboard.type(room.word);
        await page.getByTestId('search-hit').first().waitFor();
      },
    },
    {
      name: 'new-room',
      path: '/rooms',
      who: 'member',
      prepare: async (page) => {
        await page.getByTestId('new-menu').click();
        await page.getByRole('menuitem').first().click();
        await page.getByTestId('person-option').first().waitFor();
      },
    },
    { name: 'people', path: '/people', who: 'member' },
    { name: 'profile', path: '/profile', who: 'member' },
    { name: 'sessions', path: '/profile/sessions', who: 'member' },
    { name: 'tokens', path: '/profile/tokens', who: 'member' },
    { name: 'admin-people', path: '/admin/people', who: 'administrator' },
    { name: 'admin-invitations', path: '/admin/invitations', who: 'administrator' },
  ];
}

async function photograph(browser: Browser, server: Server, sample: Sample, look: Look, folder: string): Promise<void> {
  for (const { name, path, who, prepare } of shotsOf(sample, look)) {
    const context = await browser.newContext({
      locale: look.language,
      colorScheme: look.colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: look.width, height: look.width === 375 ? 760 : 800 },
      deviceScaleFactor: look.width === 375 ? 2 : 1,
      hasTouch: look.width === 375,
    });
    if (who !== 'nobody') await context.addCookies([{ ...sample[who].api.cookie, url: server.url }]);
    const page = await context.newPage();
    await page.goto(server.url + path);
    await page.locator('h1').first().waitFor({ state: 'attached' });
    await prepare?.(page);
    await page.waitForLoadState('networkidle');
    const file = `${name}-${look.language}-${look.colorScheme}-${look.width}.png`;
    await page.screenshot({ path: join(folder, file) });
    await context.close();
  }
}

// After the program itself and a `--`.
const folder = process.argv.slice(1).find((argument) => argument !== '--');
if (folder === undefined) throw new Error('say where to: npm run screenshots -- FOLDER');
await mkdir(folder, { recursive: true });
const server = await Server.start();
const browser = await chromium.launch(launchOptions);
const online = new AbortController();
try {
  const sample = await sampleTeam(server, online.signal);
  for (const look of looks) await photograph(browser, server, sample, look, folder);
} finally {
  online.abort();
  await browser.close();
  await server.stop();
}
