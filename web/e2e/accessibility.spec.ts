import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { Conversation } from './support/conversation';
import { looks } from './support/looks';
import { picture } from './support/picture';
import { expect, test as base } from './support/test';
import type { Member } from './support/team';

interface Scene {
  ann: Member;
  room: number;
}

/** A room in which everything that a room can show is shown. */
const test = base.extend<{ scene: Scene }>({
  scene: async ({ team }, use) => {
    const [ann, bea] = await team.people(['Ann', 'Bea']);
    const { id: room } = await team.room('Everything', [ann, bea]);
    await ann.api.say(room, '**Bold**, _italic_, `code`, ~~gone~~ and https://example.org\n\n> quoted\n\n1. one\n2. two');
    await ann.api.say(room, '```ts\nconst answer = 42;\n```');
    const said = await bea.api.say(room, `Well done, @${ann.username}`);
    await ann.api.command({ type: 'say', room, text: 'Thank you', reply_to: said.seq });
    await ann.api.command({ type: 'react', room, seq: said.seq ?? 0, emoji: '👍', on: true });
    const recalled = await bea.api.say(room, 'Not for here');
    await bea.api.command({ type: 'recall', room, seq: recalled.seq ?? 0 });
    const edited = await ann.api.say(room, 'Wrong');
    await ann.api.command({ type: 'edit', room, seq: edited.seq ?? 0, text: 'Right' });
    for (const [name, content] of [
      ['plan.png', picture(64, 48)],
      ['notes.txt', Buffer.from('Notes')],
    ] as const) {
      const { id } = await bea.api.upload(room, name, content);
      await bea.api.command({ type: 'say', room, text: '', files: [id] });
    }
    await use({ ann, room });
  },
});

async function pressUntilFocused(page: Page, key: string, wanted: Locator): Promise<void> {
  for (let pressed = 0; pressed < 50; pressed += 1) {
    await page.keyboard.press(key);
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  await expect(wanted).toBeFocused();
}

for (const { name, ...look } of looks) {
  test.describe(name, () => {
    test.use(look);

    test('a room is for everybody', async ({ scene, visit }) => {
      const page = await visit(scene.ann, `/rooms/${scene.room}`);
      const conversation = new Conversation(page);
      await expect(conversation.message('Right')).toBeVisible();
      await expect(page.getByTestId('image').getByRole('img')).toBeVisible();
      await expectAccessible(page, 'the room');
      await page.getByTestId('people-toggle').click();
      await expect(page.getByText('Bea').last()).toBeVisible();
      await expectAccessible(page, 'the people of the room');
    });

    test('the pages around the rooms are for everybody', async ({ scene, team, visit }) => {
      const query = `?query=${scene.ann.username}`;
      const { url } = await team.admin.api.post<{ url: string }>('/api/invitations', { role: 'member' });
      const page = await visit(team.admin, '/rooms');
      // Each with something that stands there only when all of it is there.
      for (const [path, sign] of [
        ['/rooms', page.getByTestId('room-filter')],
        [`/people${query}`, page.getByText(`@${scene.ann.username}`)],
        [`/people/${scene.ann.id}`, page.getByRole('dialog').getByText(`@${scene.ann.username}`)],
        ['/profile', page.getByRole('radio').last()],
        ['/profile/sessions', page.getByText('127.0.0.1').first()],
        ['/profile/tokens', page.getByRole('main').getByRole('button')],
        [`/admin/people${query}`, page.getByText(`@${scene.ann.username}`)],
        ['/admin/invitations', page.getByRole('main').getByRole('listitem').first()],
        ['/nowhere', page.locator('h1')],
        [new URL(url, page.url()).pathname, page.getByRole('main').getByRole('button')],
      ] as const) {
        await page.goto(new URL(path, page.url()).href);
        await expect(sign).toBeVisible();
        await expectAccessible(page, path);
      }
    });

    test('the pages before the door are for everybody', async ({ team, visit }) => {
      const { url } = await team.admin.api.post<{ url: string }>('/api/invitations', { role: 'member' });
      const page = await visit(null, '/');
      for (const [path, sign] of [
        ['/', page.locator('form')],
        [new URL(url, page.url()).pathname, page.locator('form')],
        ['/join/gone', page.getByRole('main').getByRole('button')],
      ] as const) {
        await page.goto(new URL(path, page.url()).href);
        await expect(sign).toBeVisible();
        await expectAccessible(page, path);
      }
    });
  });
}

test('what opens over a page is for everybody, too', async ({ scene, team, visit }) => {
  const page = await visit(scene.ann, `/rooms/${scene.room}`);
  const conversation = new Conversation(page);
  await conversation.message('Right').hover();
  await conversation.message('Right').getByRole('button', { name: 'More actions' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await expectAccessible(page, 'the menu of a message');
  await page.keyboard.press('Escape');
  await conversation.message('Right').getByTestId('edited').click();
  await expect(page.getByRole('dialog')).toContainText('Wrong');
  await expectAccessible(page, 'earlier versions');
  await page.keyboard.press('Escape');
  await page.getByTestId('image').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectAccessible(page, 'a large picture');
  await page.keyboard.press('Escape');
  await page.getByTestId('new-menu').click();
  await page.getByRole('menuitem', { name: 'New room' }).click();
  await expect(page.getByTestId('new-room-name')).toBeVisible();
  await expectAccessible(page, 'a new room');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByTestId('switcher')).toBeVisible();
  await expectAccessible(page, 'the quick switcher');
  await page.keyboard.press('Escape');
  await page.getByTestId('search-toggle').click();
  await page.keyboard.type('done');
  await expect(page.getByTestId('search-hit')).toBeVisible();
  await expectAccessible(page, 'search');

  const admin = await visit(team.admin, '/admin/people');
  await admin.getByRole('button', { name: 'New person' }).click();
  await expect(admin.getByRole('dialog')).toBeVisible();
  await expectAccessible(admin, 'a new person');
  await admin.keyboard.press('Escape');
  await admin.getByRole('button', { name: /^Actions for/ }).first().click();
  await admin.getByRole('menuitem', { name: 'Permissions…' }).click();
  await expect(admin.getByRole('checkbox').first()).toBeVisible();
  await expectAccessible(admin, 'permissions');
});

test('with the keyboard alone one signs in, opens a room, speaks and edits', async ({ scene, visit }) => {
  const page = await visit(null, '/');
  const { keyboard } = page;
  await expect(page.getByLabel('Username')).toBeFocused();
  await keyboard.press('Enter');
  await expect(page.getByLabel('Username')).toHaveAccessibleDescription('Enter the username.');
  await keyboard.type(scene.ann.username);
  await keyboard.press('Tab');
  await keyboard.type(scene.ann.password);
  await keyboard.press('Enter');

  const room = page.getByTestId('room-item');
  await expect(room).toBeVisible();
  await pressUntilFocused(page, 'Tab', room);
  await keyboard.press('Enter');
  const conversation = new Conversation(page);
  await expect(conversation.composer).toBeFocused();
  await keyboard.type('By hand');
  await keyboard.press('Enter');
  await expect(conversation.message('By hand')).toBeVisible();

  // Back into the list of messages, up to the last one, and into its menu.
  await pressUntilFocused(page, 'Shift+Tab', page.getByTestId('message-list'));
  await keyboard.press('ArrowUp');
  await expect(conversation.message('By hand')).toBeFocused();
  const menu = conversation.message('By hand').getByRole('button', { name: 'More actions' });
  await pressUntilFocused(page, 'Tab', menu);
  await keyboard.press('Enter');
  const edit = page.getByRole('menuitem', { name: 'Edit' });
  await expect(edit).toBeVisible();
  await pressUntilFocused(page, 'ArrowDown', edit);
  await keyboard.press('Enter');
  await expect(conversation.composer).toHaveValue('By hand');
  await expect(conversation.composer).toBeFocused();
  await keyboard.type(', not by mouse');
  await keyboard.press('Enter');
  await expect(conversation.message('By hand, not by mouse')).toBeVisible();
});

test('a dialog gives the focus back to what opened it', async ({ scene, team, visit }) => {
  const page = await visit(team.admin, `/admin/people?query=${scene.ann.username}`);
  const actions = page.getByRole('button', { name: 'Actions for Ann' });
  await actions.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Permissions…' }).press('Enter');
  await expect(page.getByRole('dialog', { name: 'Permissions of Ann' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(actions).toBeFocused();

  await page.goto(new URL(`/people?query=${scene.ann.username}`, page.url()).href);
  const row = page.getByRole('main').getByRole('link', { name: 'Ann' }).first();
  await row.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Ann' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/\/people/);
  await expect(row).toBeFocused();
});

test('a change of page moves the focus to its heading and names the tab', async ({ scene, visit }) => {
  const page = await visit(scene.ann, '/profile');
  await page.getByRole('link', { name: 'API tokens' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'API tokens' })).toBeFocused();
  await expect(page).toHaveTitle(/API tokens · Countersign$/);
});

test('a change of the language holds at once', async ({ visit }) => {
  const page = await visit(null, '/');
  await page.getByRole('button', { name: '简体中文' }).click();
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible();
  await expect(page).toHaveTitle('登录 · 会签');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
});
