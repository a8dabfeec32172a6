import type { Page } from '@playwright/test';
import { Conversation } from './support/conversation';
import { picture } from './support/picture';
import { expect, test } from './support/test';
import type { Member } from './support/team';

interface TwoInARoom {
  ann: Member;
  bea: Member;
  room: number;
}

/** Ann owns a room, and Bea is in it. */
const chat = test.extend<{ two: TwoInARoom }>({
  two: async ({ team }, use) => {
    const [ann, bea] = await team.people(['Ann', 'Bea']);
    const { id } = await team.room('Workshop', [ann, bea]);
    await use({ ann, bea, room: id });
  },
});

chat('an edit shows everywhere at once, and what stood there before can be looked up', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const [hers, other] = await Promise.all([
    visit(ann, `/rooms/${room}`).then((page) => new Conversation(page)),
    visit(bea, `/rooms/${room}`).then((page) => new Conversation(page)),
  ]);
  await hers.say('We meet at three');
  await expect(other.message('We meet at three')).toBeVisible();
  // Only the author may edit.
  await other.message('We meet at three').hover();
  await other.page.getByRole('button', { name: 'More actions' }).last().click();
  await expect(other.page.getByRole('menuitem', { name: 'Copy text' })).toBeVisible();
  await expect(other.page.getByRole('menuitem', { name: 'Edit' })).toHaveCount(0);
  await other.page.keyboard.press('Escape');

  await hers.choose(hers.message('We meet at three'), 'Edit');
  await expect(hers.composer).toHaveValue('We meet at three');
  await hers.composer.fill('We meet at four');
  await hers.composer.press('Enter');
  for (const one of [hers, other]) {
    await expect(one.message('We meet at four')).toBeVisible();
    await expect(one.message('We meet at three')).toHaveCount(0);
  }
  await other.message('We meet at four').getByTestId('edited').click();
  await expect(other.page.getByRole('dialog')).toContainText('We meet at three');
});

chat('the arrow up in an empty text box edits the last message of one’s own, and Escape lets it be', async ({ two, visit }) => {
  const page = await visit(two.ann, `/rooms/${two.room}`);
  const conversation = new Conversation(page);
  await conversation.say('Nearly right');
  await conversation.composer.press('ArrowUp');
  await expect(conversation.composer).toHaveValue('Nearly right');
  await page.keyboard.press('Escape');
  await expect(conversation.composer).toHaveValue('');
  await conversation.composer.press('ArrowUp');
  await conversation.composer.fill('Right');
  await conversation.composer.press('Enter');
  await expect(conversation.message('Right')).toBeVisible();
});

chat('a recalled message is gone for everybody, also after a reload', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const hers = new Conversation(await visit(ann, `/rooms/${room}`));
  const other = new Conversation(await visit(bea, `/rooms/${room}`));
  await hers.say('The secret word');
  await expect(other.message('The secret word')).toBeVisible();
  await hers.choose(hers.message('The secret word'), 'Recall');
  await hers.page.getByRole('alertdialog').getByRole('button', { name: 'Recall' }).click();
  await expect(hers.page.getByText('You recalled a message')).toBeVisible();
  await expect(other.page.getByText('Ann recalled a message')).toBeVisible();
  await other.page.reload();
  await expect(other.page.getByText('Ann recalled a message')).toBeVisible();
  await expect(other.page.getByText('The secret word')).toHaveCount(0);
});

chat('an answer quotes what it answers, and the quote leads there', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const hers = new Conversation(await visit(ann, `/rooms/${room}`));
  await bea.api.say(room, 'Shall we ship on Friday?');
  await hers.message('Shall we ship on Friday?').hover();
  await hers.message('Shall we ship on Friday?').getByRole('button', { name: 'Reply' }).click();
  await expect(hers.page.getByTestId('composer-banner')).toContainText('Replying to Bea');
  await hers.say('Better on Monday');
  const answer = hers.message('Better on Monday');
  await expect(answer).toContainText('Shall we ship on Friday?');
  await answer.getByText('Shall we ship on Friday?').click();
  await expect(hers.message('Shall we ship on Friday?')).toBeFocused();
});

chat('reactions of several people are counted together, and a second press takes one’s own away', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const { seq } = await bea.api.say(room, 'Done!');
  const page = await visit(ann, `/rooms/${room}`);
  const message = new Conversation(page).message('Done!');
  await message.hover();
  await message.getByRole('button', { name: 'React with 👍' }).click();
  const reaction = message.getByTestId('reaction');
  await expect(reaction).toHaveText('👍1');
  await expect(reaction).toHaveAttribute('aria-pressed', 'true');
  await bea.api.command({ type: 'react', room, seq: seq ?? 0, emoji: '👍', on: true });
  await expect(reaction).toHaveText('👍2');
  await reaction.click();
  await expect(reaction).toHaveText('👍1');
  await expect(reaction).toHaveAttribute('aria-pressed', 'false');
});

chat('a name is completed, and whoever was named sees that in the list of rooms', async ({ two, team, visit }) => {
  const { ann, bea, room } = two;
  const elsewhere = await team.room('Elsewhere', [bea]);
  const other = await visit(bea, `/rooms/${elsewhere.id}`);
  const hers = new Conversation(await visit(ann, `/rooms/${room}`));
  await hers.composer.pressSequentially('Over to you, @be');
  await expect(hers.page.getByRole('listbox', { name: 'Mention somebody' }).getByRole('option')).toHaveText([/Bea/]);
  await hers.composer.press('Enter');
  await expect(hers.composer).toHaveValue(`Over to you, @${bea.username} `);
  await hers.composer.press('Enter');
  await expect(hers.messages).toHaveCount(1);

  const item = other.locator(`[data-testid="room-item"][data-room="${room}"]`);
  await expect(item.getByTestId('mention-badge')).toContainText('1');
  await expect(item.getByTestId('unread-badge')).toContainText('1');
  await expect(other).toHaveTitle(/^\(1\) /);
  await item.click();
  await expect(other.getByTestId('message-text')).toContainText('Over to you');
  await expect(item.getByTestId('mention-badge')).toHaveCount(0);
  await expect(other).not.toHaveTitle(/^\(/);
});

chat('a picture from the clipboard is sent, and opens large', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const hers = new Conversation(await visit(ann, `/rooms/${room}`));
  const other = new Conversation(await visit(bea, `/rooms/${room}`));
  await hers.composer.evaluate((field, base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'plan.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, picture(64, 48).toString('base64'));
  await expect(hers.page.getByTestId('attachment')).toContainText('plan.png');
  await expect(hers.page.getByTestId('send')).toBeEnabled();
  await hers.composer.press('Enter');
  for (const { page } of [hers, other]) {
    const image = page.getByTestId('image').getByRole('img');
    await expect(image).toBeVisible();
    await expect.poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(64);
  }
  await other.page.getByTestId('image').click();
  await expect(other.page.getByRole('dialog').getByRole('img', { name: 'plan.png' })).toBeVisible();
});

chat('a file is sent with a message, and comes back byte for byte', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const hers = new Conversation(await visit(ann, `/rooms/${room}`));
  const buffer = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
  await hers.page.getByTestId('file-input').setInputFiles({ name: '部署 计划.bin', mimeType: 'application/octet-stream', buffer });
  await expect(hers.page.getByTestId('send')).toBeEnabled();
  await hers.say('Here it is');

  const other = await visit(bea, `/rooms/${room}`);
  const downloading = other.waitForEvent('download');
  await other.getByTestId('file').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('部署 计划.bin');
  const received: Buffer[] = [];
  for await (const piece of await download.createReadStream()) received.push(Buffer.from(piece));
  expect(Buffer.concat(received).equals(buffer)).toBe(true);
});

chat('what looks like a page in a message stays text', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const dangerous = [
    '<script>window.wasRun = true</script>',
    '<img src=x onerror="window.wasRun = true">',
    '[press me](javascript:window.wasRun=true)',
    '[press me](data:text/html,<script>window.wasRun=true</script>)',
    '![picture](javascript:window.wasRun=true)',
    '<a href="javascript:window.wasRun=true">press me</a>',
    '`<b>code</b>`',
  ];
  for (const text of dangerous) await bea.api.say(room, text);
  const page = await visit(ann, `/rooms/${room}`);
  const conversation = new Conversation(page);
  await expect(conversation.messages).toHaveCount(dangerous.length);
  await expect(conversation.message('<script>window.wasRun = true</script>')).toBeVisible();
  await expect(conversation.message('<img src=x onerror="window.wasRun = true">')).toBeVisible();
  const log = page.getByTestId('message-list');
  await expect(log.locator('script, iframe, img, b')).toHaveCount(0);
  await expect(log.locator('a[href^="javascript" i], a[href^="data" i]')).toHaveCount(0);
  expect(await page.evaluate(() => 'wasRun' in globalThis)).toBe(false);
});

chat('markdown is drawn, and a link opens elsewhere without telling where from', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  await bea.api.say(room, '**Bold** and `code`, see https://example.org/a?b=1.\n\n- one\n- two');
  const page = await visit(ann, `/rooms/${room}`);
  const message = page.getByTestId('message-text');
  await expect(message.locator('strong')).toHaveText('Bold');
  await expect(message.locator('code')).toHaveText('code');
  await expect(message.getByRole('listitem')).toHaveText(['one', 'two']);
  const target = message.getByRole('link');
  await expect(target).toHaveAttribute('href', 'https://example.org/a?b=1');
  await expect(target).toHaveAttribute('rel', /noopener/);
});

chat('a Chinese word of two characters is found far above, and the hit leads there', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  await bea.api.say(room, '明天下午发布新版本');
  // By turns: nobody may say so much at once.
  for (let index = 0; index < 120; index += 1) await (index % 2 ? ann : bea).api.say(room, `Later message ${index}`);
  const page = await visit(ann, `/rooms/${room}`);
  const conversation = new Conversation(page);
  await expect(conversation.message('Later message 119')).toBeVisible();
  await page.getByTestId('search-toggle').click();
  await page.keyboard.type('发布');
  const hit = page.getByTestId('search-hit');
  await expect(hit.locator('mark')).toHaveText('发布');
  await hit.click();
  await expect(conversation.message('明天下午发布新版本')).toBeInViewport();
  await page.getByTestId('jump-latest').click();
  await expect(conversation.message('Later message 119')).toBeInViewport();
});

chat('a link to a message opens its room there', async ({ two, visit }) => {
  const { ann, room } = two;
  const acks = [];
  for (let index = 0; index < 60; index += 1) acks.push(await ann.api.say(room, `Message ${index}`));
  const page = await visit(two.bea, `/rooms/${room}?at=${acks[5]?.seq}`);
  const conversation = new Conversation(page);
  await expect(conversation.message('Message 5')).toBeInViewport();
  await expect(conversation.message('Message 5')).toBeFocused();
});

chat('drafts are kept for each room, also over a reload', async ({ two, team, visit }) => {
  const { ann, room } = two;
  const second = await team.room('Second', [ann]);
  const page = await visit(ann, `/rooms/${room}`);
  const { composer } = new Conversation(page);
  await composer.fill('Half a thought');
  await open(page, second.id);
  await expect(composer).toHaveValue('');
  await composer.fill('Another one');
  await open(page, room);
  await expect(composer).toHaveValue('Half a thought');
  await page.reload();
  await expect(composer).toHaveValue('Half a thought');
  await open(page, second.id);
  await expect(composer).toHaveValue('Another one');
});

chat('the divider stands above the first unread message, and goes with an answer', async ({ two, team, visit }) => {
  const { ann, bea, room } = two;
  const elsewhere = await team.room('Elsewhere', [ann]);
  await bea.api.say(room, 'Seen');
  const page = await visit(ann, `/rooms/${room}`);
  const conversation = new Conversation(page);
  await expect(conversation.message('Seen')).toBeVisible();
  await open(page, elsewhere.id);
  for (const text of ['One', 'Two', 'Three']) await bea.api.say(room, text);
  const item = page.locator(`[data-testid="room-item"][data-room="${room}"]`);
  await expect(item.getByTestId('unread-badge')).toContainText('3');

  await open(page, room);
  const divider = page.getByTestId('unread-divider');
  await expect(divider).toBeInViewport();
  const above = await divider.boundingBox();
  const seen = await conversation.message('Seen').boundingBox();
  const unread = await conversation.message('One').boundingBox();
  expect(above?.y).toBeGreaterThan(seen?.y ?? Infinity);
  expect(unread?.y).toBeGreaterThan(above?.y ?? Infinity);
  await expect(item.getByTestId('unread-badge')).toHaveCount(0);
  await conversation.say('I have seen it');
  await expect(divider).toHaveCount(0);
});

chat('whoever is at the end of a room stays there, whatever comes and however wide it is', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const long = 'Some words that take several lines as soon as there is less room for them. ';
  for (let index = 0; index < 30; index += 1) await ann.api.say(room, `${index}: ${long.repeat(1 + (index % 4))}`);
  const page = await visit(ann, `/rooms/${room}`);
  const last = new Conversation(page).messages.last();
  await expect(last).toContainText('29: ');
  await expect(last).toBeInViewport({ ratio: 1 });
  await page.getByTestId('people-toggle').click();
  await expect(page.getByText(`@${bea.username}`)).toBeVisible();
  await expect(last).toBeInViewport({ ratio: 1 });
  await page.setViewportSize({ width: 700, height: 500 });
  await expect(last).toBeInViewport({ ratio: 1 });
  await bea.api.say(room, `30: ${long.repeat(5)}`);
  await expect(last).toContainText('30: ');
  await expect(last).toBeInViewport({ ratio: 1 });
});

chat('Enter sends and Shift+Enter breaks the line', async ({ two, visit }) => {
  const page = await visit(two.ann, `/rooms/${two.room}`);
  const conversation = new Conversation(page);
  await conversation.composer.pressSequentially('First line');
  await conversation.composer.press('Shift+Enter');
  await conversation.composer.pressSequentially('second line');
  await expect(conversation.composer).toHaveValue('First line\nsecond line');
  await conversation.composer.press('Enter');
  await expect(conversation.messages).toHaveCount(1);
  expect((await two.ann.api.messages(two.room)).map(({ text }) => text)).toEqual(['First line\nsecond line']);
});

chat('Enter inside the composition of an input method never sends', async ({ two, visit }) => {
  const page = await visit(two.ann, `/rooms/${two.room}`);
  const conversation = new Conversation(page);
  await conversation.composer.focus();
  const keyboard = await page.context().newCDPSession(page);
  const pressEnter = async (windowsVirtualKeyCode: number) => {
    await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode });
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode });
  };
  await conversation.composer.evaluate((field: HTMLElement) => {
    field.addEventListener('keydown', (event) => {
      field.dataset.lastKey = `${event.key} ${event.isComposing} ${event.keyCode}`;
    });
  });

  await keyboard.send('Input.imeSetComposition', { text: 'fabu', selectionStart: 4, selectionEnd: 4 });
  await expect(conversation.composer).toHaveValue('fabu');
  // Browsers tell of this key as one of the input method, or as Enter inside a composition.
  for (const keyCode of [229, 13]) {
    await pressEnter(keyCode);
    await expect(conversation.composer).toHaveAttribute('data-last-key', `Enter true ${keyCode}`);
    await expect(conversation.composer).toHaveValue('fabu');
  }
  await keyboard.send('Input.insertText', { text: '发布' });
  await expect(conversation.composer).toHaveValue('发布');
  await expect(page.getByTestId('message')).toHaveCount(0);

  // The composition is over: Enter is an Enter again, as soon as it can not be the one that ended it.
  await expect(async () => {
    await pressEnter(13);
    await expect(conversation.composer).toHaveValue('', { timeout: 100 });
  }).toPass();
  await expect(conversation.message('发布')).toBeVisible();
  expect(await two.ann.api.messages(two.room)).toHaveLength(1);
});

chat('a message that the server refuses says so, and can be discarded', async ({ two, visit }) => {
  const { ann, bea, room } = two;
  const page = await visit(bea, `/rooms/${room}`);
  const conversation = new Conversation(page);
  await page.route('**/api/commands', (route) =>
    route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: '/problems/invalid', title: 'Not like this', status: 422 }),
    }),
  );
  await bea.api.choose('short_poll');
  await page.reload();
  await conversation.expectTransport('short_poll');
  await conversation.write('Never said');
  const failed = page.locator('[data-pending="failed"]');
  await expect(failed).toContainText('Not sent · Not like this');
  await failed.getByRole('button', { name: 'Discard' }).click();
  await expect(failed).toHaveCount(0);
  expect(await ann.api.messages(room)).toEqual([]);
});

/** Goes to a room as people do: by the list. */
async function open(page: Page, room: number): Promise<void> {
  await page.locator(`[data-testid="room-item"][data-room="${room}"]`).click();
  await expect(page.getByTestId('conversation')).toHaveAttribute('data-room', String(room));
}
