import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { answerApi, refuse } from './answers';

/** What the policy forbids, and errors of our own; refused requests are part of the tests. */
function watchConsole(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

async function expectSound(page: Page, complaints: string[]): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(sideways, 'the page scrolls sideways').toBe(false);
  expect(complaints).toEqual([]);
}

const signedInPages = [
  '/profile',
  '/profile/sessions',
  '/profile/tokens',
  '/people',
  '/people/2',
  '/admin/people',
  '/admin/invitations',
  '/nowhere',
];

const looks = [
  { name: 'a desktop in Chinese', width: 1280, height: 800, colorScheme: 'light', language: 'zh-CN' },
  { name: 'a phone in English at night', width: 375, height: 740, colorScheme: 'dark', language: 'en' },
] as const;

for (const look of looks) {
  test.describe(look.name, () => {
    test.use({
      viewport: { width: look.width, height: look.height },
      colorScheme: look.colorScheme,
      locale: look.language,
      // The last frame of every animation at once: half-faded text has no contrast.
      contextOptions: { reducedMotion: 'reduce' },
    });

    for (const path of signedInPages) {
      test(`${path} can be read by everybody and keeps to the policy`, async ({ page }) => {
        const complaints = watchConsole(page);
        await answerApi(page, 'signed in', look.language);
        await page.goto(path);
        await expect(page.locator('h1')).toBeVisible();
        await page.waitForLoadState('networkidle');
        await expectSound(page, complaints);
      });
    }

    for (const path of ['/signin', '/join/good', '/join/gone']) {
      test(`${path} can be read by everybody and keeps to the policy`, async ({ page }) => {
        const complaints = watchConsole(page);
        await answerApi(page, 'signed out', look.language);
        await page.goto(path);
        await expect(page.locator('h1')).toBeAttached();
        await page.waitForLoadState('networkidle');
        await expectSound(page, complaints);
      });
    }
  });
}

test.describe('by keyboard alone', () => {
  test.use({ locale: 'en' });

  test('what is missing in the sign-in form is said next to its field', async ({ page }) => {
    await answerApi(page, 'signed out', 'en');
    await page.goto('/');
    const username = page.getByLabel('Username');
    await expect(username).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(username).toHaveAccessibleDescription('Enter the username.');
    await expect(username).toBeFocused();
  });

  test('too many attempts say how long to wait', async ({ page }) => {
    await answerApi(page, 'signed out', 'en');
    await page.route('**/api/session', (route) => refuse(route, 429, 'too_many_attempts', 'Too many attempts'));
    await page.goto('/');
    await expect(page.getByLabel('Username')).toBeFocused();
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type('secret');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText(/Too many attempts.*try again in 4\d seconds/);
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeDisabled();
  });

  test('a dialog gives the focus back to the row that opened it', async ({ page }) => {
    await answerApi(page, 'signed in', 'en');
    await page.goto('/people');
    const row = page.getByRole('link', { name: '张坤' });
    await row.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: '张坤' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page).toHaveURL(/\/people$/);
    await expect(row).toBeFocused();
  });

  test('a dialog that a menu opened gives the focus back to the menu button', async ({ page }) => {
    await answerApi(page, 'signed in', 'en');
    await page.goto('/admin/people');
    const button = page.getByRole('button', { name: 'Actions for 张坤' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'Permissions of 张坤' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(button).toBeFocused();
  });

  test('a change of page moves the focus to its heading', async ({ page }) => {
    await answerApi(page, 'signed in', 'en');
    await page.goto('/profile');
    await page.getByRole('link', { name: 'API tokens' }).press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'API tokens' })).toBeFocused();
    await expect(page).toHaveTitle('API tokens · Countersign');
  });
});

test('a change of the language holds at once', async ({ page }) => {
  await answerApi(page, 'signed out', 'en');
  await page.goto('/');
  await page.getByRole('button', { name: '简体中文' }).click();
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible();
  await expect(page).toHaveTitle('登录 · 会签');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
});
