import type { Page } from '@playwright/test';
import { expect, type Example, type ExampleName, test } from './support/example';

/** What people write who follow a lesson on WebSockets: a box, two buttons, and the address of the server. */
const lesson = (address: string, path = '/room/123/') => `
  <!doctype html>
  <meta charset="utf-8">
  <div id="message"></div>
  <input id="txt">
  <input type="button" value="发送" onclick="sendMessage()">
  <input type="button" value="关闭连接" onclick="closeConn()">
  <script>
    socket = new WebSocket("ws://${address}${path}");
    function show(text) {
      let tag = document.createElement("div");
      tag.innerText = text;
      document.getElementById("message").appendChild(tag);
    }
    socket.onopen = function () { show("[连接成功]"); };
    socket.onmessage = function (event) { show(event.data); };
    socket.onclose = function () { show("[断开连接]"); };
    function sendMessage() { socket.send(document.getElementById("txt").value); }
    function closeConn() { socket.close(); }
  </script>`;

const lines = (page: Page) => page.locator('#message > div');

async function say(page: Page, text: string): Promise<void> {
  await page.locator('#txt').fill(text);
  await page.getByRole('button', { name: '发送' }).click();
}

/** Who has heard itself is in its group, and hears what others say from now on. */
async function enter(page: Page, text: string): Promise<void> {
  await expect(lines(page).first()).toHaveText('[连接成功]');
  await say(page, text);
  await expect(lines(page).filter({ hasText: text })).toHaveCount(1);
}

test.describe('the page of a lesson', () => {
  test('talks to echo, which answers it alone and closes when it is asked to', async ({ start, open }) => {
    const echo = await start('echo');
    const [anna, bob] = [await open({ html: lesson(echo.address) }), await open({ html: lesson(echo.address) })];
    await expect(lines(anna)).toHaveText(['[连接成功]']);
    await say(anna, '你好');
    await expect(lines(anna)).toHaveText(['[连接成功]', '你好 收到']);
    await say(anna, '关闭');
    await expect(lines(anna)).toHaveText(['[连接成功]', '你好 收到', '[断开连接]']);
    expect(await anna.evaluate('socket.readyState')).toBe(3);

    await expect(lines(bob)).toHaveText(['[连接成功]']);
    await bob.getByRole('button', { name: '关闭连接' }).click();
    await expect(lines(bob)).toHaveText(['[连接成功]', '[断开连接]']);
    await expect.poll(() => echo.printed.filter((line) => line.includes('has left')).length).toBe(2);
  });

  for (const [title, name, redis] of [
    ['group_list', 'group_list', false],
    ['group_layer in memory', 'group_layer', false],
    ['two processes of group_layer over Redis', 'group_layer', true],
  ] as const) {
    test(`is in a group chat over ${title}`, async ({ start, open, redis: server }) => {
      const options = redis ? ['--redis', server.url] : [];
      const one = await start(name, ...options);
      const two = redis ? await start(name, ...options) : one;
      const anna = await open({ html: lesson(one.address) });
      const bob = await open({ html: lesson(two.address, '/ws/123/') });
      const elsewhere = await open({ html: lesson(two.address, '/room/456/') });
      await enter(anna, 'Anna is in');
      await enter(bob, 'Bob is in');
      await enter(elsewhere, 'nobody hears this');

      await say(anna, '我,你好');
      await say(bob, '贾文龙');
      for (const page of [anna, bob]) {
        await expect(lines(page).filter({ hasText: '我,你好' })).toHaveCount(1);
        await expect(lines(page).filter({ hasText: '贾文龙' })).toHaveCount(1);
      }
      await bob.getByRole('button', { name: '关闭连接' }).click();
      await expect(lines(bob).last()).toHaveText('[断开连接]');
      await say(anna, 'still here');
      await expect(lines(anna).last()).toHaveText('still here');
      await expect(lines(elsewhere).filter({ hasText: /你好|贾文龙|still/ })).toHaveCount(0);
    });
  }
});

test.describe('the pages of the examples', () => {
  const home = (example: Example, hash = '') => ({ url: `http://${example.address}/home/${hash}` });
  const shown = (page: Page) => page.locator('#messages > .message');
  const write = async (page: Page, text: string) => {
    await page.getByRole('textbox').fill(text);
    await page.keyboard.press('Enter');
  };

  for (const name of ['polling', 'long_polling'] as const) {
    for (const hash of name === 'polling' ? [''] : ['', '#queue']) {
      test(`${name}${hash} shows everybody what anybody writes`, async ({ start, open }) => {
        const example = await start(name);
        const [anna, bob] = [await open(home(example, hash)), await open(home(example, hash))];
        // A queue begins with its first question, which may come after the first message.
        await expect(async () => {
          await write(anna, 'is anybody here?');
          await expect(shown(bob).last()).toHaveText('is anybody here?', { timeout: 3_000 });
        }).toPass();
        await write(bob, '在');
        for (const page of [anna, bob]) await expect(shown(page).last()).toHaveText('在');
      });
    }
  }

  for (const name of ['echo', 'handshake', 'group_list', 'group_layer'] satisfies ExampleName[]) {
    test(`${name} has a page that talks, in both languages`, async ({ start, open }) => {
      const example = await start(name);
      const page = await open(home(example, '#456'), { locale: 'zh-CN' });
      await expect(page.getByRole('heading')).toHaveText('群 456');
      await expect(page.locator('.note')).toHaveText('[连接成功]');
      await write(page, '你好');
      await expect(shown(page)).toHaveText(/^你好/);
      await page.getByRole('button', { name: '关闭连接' }).click();
      await expect(page.locator('.note').last()).toContainText('[断开连接]');

      const english = await open(home(example), { locale: 'en-US' });
      await expect(english.getByRole('heading')).toHaveText('Room 123');
      await expect(english.locator('.note')).toHaveText('[connected]');
    });
  }

  test('live_chart draws every vote as bars and as a pie, for everybody', async ({ start, open }) => {
    const example = await start('live_chart');
    const [anna, bob] = [await open(home(example)), await open(home(example))];
    const count = (page: Page) =>
      page.locator('#bar text').nth(8).innerHTML().then((votes) => Number(votes));
    await expect(anna.locator('#bar rect')).toHaveCount(5);
    await expect(bob.locator('#pie path')).toHaveCount(5);
    const [before, pie] = [await count(bob), await bob.locator('#pie path').last().getAttribute('d')];
    // More than chance can add meanwhile.
    for (let votes = 0; votes < 20; votes += 1) await anna.getByRole('button', { name: '水 water' }).click();
    await expect.poll(() => count(bob)).toBeGreaterThanOrEqual(before + 20);
    await expect(bob.locator('#pie path').last()).not.toHaveAttribute('d', pie ?? '');
    await expect(bob.locator('#bar')).toHaveAttribute('aria-label', /水 water: \d+/);
  });

  test('handshake explains on the terminal what a browser sends', async ({ start, open }) => {
    const example = await start('handshake');
    const page = await open(home(example));
    await write(page, 'Hello');
    await expect(shown(page)).toHaveText('Hello 收到');
    await page.getByRole('button', { name: 'Disconnect' }).click();
    for (const words of ['Sec-WebSocket-Key: ', '101 Switching Protocols', 'becomes "Hello"', 'a goodbye']) {
      await expect.poll(() => example.printed.join('\n')).toContain(words);
    }
  });
});

/** Sends in the page, over one connection, and answers what came back and how it ended. */
function converse(page: Page, address: string, path: string, lengths: number[]) {
  return page.evaluate(
    async ({ address, path, lengths }) => {
      const socket = new WebSocket(`ws://${address}${path}`);
      socket.binaryType = 'arraybuffer';
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      const answer = (message: string | Uint8Array<ArrayBuffer>) =>
        new Promise<string | ArrayBuffer>((resolve) => {
          socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => resolve(event.data);
          socket.send(message);
        });
      const wrong: string[] = [];
      for (const length of lengths) {
        const text = '你好, '.repeat(length).slice(0, length);
        const came = await answer(text);
        if (came !== text && came !== `${text} 收到`) wrong.push(`text of ${length}`);
        const bytes = Uint8Array.from({ length }, (_, at) => (at * at) >> 3);
        const back = new Uint8Array((await answer(bytes)) as ArrayBuffer);
        if (back.length !== length || back.some((byte, at) => byte !== bytes[at])) wrong.push(`binary of ${length}`);
      }
      const closed = new Promise<CloseEvent>((resolve) => {
        socket.onclose = resolve;
      });
      socket.close(4001, '再见');
      const { code, wasClean } = await closed;
      return { extensions: socket.extensions, wrong, code, wasClean };
    },
    { address, path, lengths },
  );
}

test('Chromium and the codec understand each other, with compression and without', async ({ start, open }) => {
  const [echo, handshake] = [await start('echo'), await start('handshake')];
  const page = await open({ html: '<!doctype html>' });
  const sizes = [0, 1, 125, 126, 1_023, 1_024, 5_000, 65_535, 65_536, 1 << 20];
  const fine = { wrong: [], code: 4001, wasClean: true };
  const compressed = await converse(page, echo.address, '/', sizes);
  expect(compressed).toEqual({
    ...fine,
    extensions: 'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  });
  const plain = await converse(page, handshake.address, '/', sizes.filter((size) => size <= 16_384));
  expect(plain).toEqual({ ...fine, extensions: '' });
});
