import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { Conversation } from './support/conversation';
import { OrderPage, publishPurchase, publishRequest, submitted } from './support/orders';
import { expect, test } from './support/test';

/** Why a row left stands there for less than this. */
const LONG_ENOUGH_TO_READ_MS = 5_000;

/** Who wrote nothing for so long writes no more. */
const WRITES_NO_MORE_MS = 5_000;

const words = {
  'en-US': {
    return: 'Return',
    what: 'What',
    amount: 'Amount',
    newsOfReturn: 'Fin returned it to the requester',
    toRequester: 'Requester',
    askedAgain: 'It came back to you',
    approved: 'Approved',
    whoApproved: 'Lee approved · Manager',
    entry: (seq: number, last: number) => `Entry ${seq} / ${last}`,
    left: 'Bea: approved',
    already: 'Bea has already agreed',
  },
  'zh-CN': {
    return: '退回',
    what: '采购内容',
    amount: '金额',
    newsOfReturn: 'Fin 退回给申请人',
    toRequester: '申请人',
    askedAgain: '工单退回给你',
    approved: '已通过',
    whoApproved: 'Lee 同意 · 主管审批',
    entry: (seq: number, last: number) => `第 ${seq} 条 / ${last}`,
    left: 'Bea 已同意',
    already: 'Bea 已同意',
  },
} as const;

for (const locale of ['en-US', 'zh-CN'] as const) {
  const say = words[locale];

  test.describe(locale, () => {
    test.use({ locale, viewport: { width: 1440, height: 900 } });

    test('a purchase is returned, changed, submitted again and approved, and three browsers watch every node', async ({
      team,
      visit,
    }) => {
      const [req, lee, fin, ...watchers] = await team.people(['Req', 'Lee', 'Fin', 'Ann', 'Bea', 'Cai']);
      const { flow } = await publishPurchase(team, { told: watchers, first: lee, second: fin });
      const { id } = await submitted(req, flow, { what: 'Two screens', amount: '16800.00' });
      const path = `/orders/${id}`;

      const watching = await Promise.all(watchers.map(async (watcher) => new OrderPage(await visit(watcher, path))));
      const everybodySees = async (states: Record<string, Parameters<OrderPage['expectNode']>[1]>) => {
        for (const [node, state] of Object.entries(states)) {
          await Promise.all(watching.map((one) => one.expectNode(node, state)));
        }
      };
      await everybodySees({ start: 'done', tell: 'done', lead: 'waiting', finance: 'idle', end: 'idle' });
      await Promise.all(watching.map((one) => one.mark()));

      // The first approver agrees, the second one sends it back to the requester with a reason.
      const first = new OrderPage(await visit(lee, path));
      await first.turn.getByTestId('move-approve').click();
      await everybodySees({ lead: 'done', finance: 'waiting' });
      await expect(watching[0]?.page.getByTestId('news') ?? first.turn).toContainText(say.whoApproved);
      const second = new OrderPage(await visit(fin, path));
      await second.chooseMore(say.return);
      await second.page.getByLabel(say.toRequester).check();
      await second.explain('Which supplier?');
      await Promise.all(watching.map((one) => one.expectStatus('returned')));
      await Promise.all(watching.map((one) => expect(one.timeline).toContainText('Which supplier?')));
      await expect(watching[1]?.timeline ?? second.turn).toContainText(say.newsOfReturn);

      // The requester changes the form and submits again.
      const requester = new OrderPage(await visit(req, path));
      await expect(requester.turn).toContainText(say.askedAgain);
      await requester.page.getByLabel(say.amount).fill('15900');
      await requester.turn.getByTestId('move-resubmit').click();
      await everybodySees({ lead: 'waiting', finance: 'returned' });

      // Two approve, from different places: one on the page, the other one in the talk.
      await first.turn.getByTestId('move-approve').click();
      await everybodySees({ lead: 'done', finance: 'waiting' });
      await second.chat.getByTestId('chat-card').getByTestId('move-approve').click();
      await everybodySees({ finance: 'done', end: 'done' });
      await Promise.all(watching.map((one) => one.expectStatus('approved')));
      await Promise.all(watching.map((one) => expect(one.page.getByTestId('order-status')).toHaveText(say.approved)));
      await Promise.all(watching.map((one) => one.expectNoReload()));
    });

    test('the slider takes diagram, form and talk back to any entry', async ({ team, visit }) => {
      const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
      const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
      const { id, log } = await submitted(req, flow, { what: 'A chair', amount: '500.00' });
      await lee.api.say(id, 'Before the decision');
      await lee.api.command({ type: 'decide', order: id, move: { move: 'return', to: 'requester', reason: 'Which colour?' } });
      await req.api.command({
        type: 'decide',
        order: id,
        move: { move: 'resubmit', form: { what: 'A blue chair', amount: '550.00' } },
      });
      await lee.api.command({ type: 'decide', order: id, move: { move: 'approve' } });
      const { seq: last } = await fin.api.say(id, 'After the decision');
      expect(log).toBe(`r${id}`);

      const order = new OrderPage(await visit(fin, `/orders/${id}`));
      const { page } = order;
      const slider = page.getByTestId('replay-slider');
      const talk = new Conversation(page);
      await expect(talk.message('After the decision')).toBeVisible();
      await order.expectNode('finance', 'waiting');
      await expect(page.getByTestId('request')).toContainText('A blue chair');

      // Back to the entry after which the manager was asked for the first time.
      await slider.focus();
      await page.keyboard.press('Home');
      while ((await order.node('lead').getAttribute('data-state')) !== 'waiting') await page.keyboard.press('PageUp');
      await order.expectNode('finance', 'idle');
      await expect(page.getByTestId('request')).toContainText('A chair');
      await expect(talk.message('Before the decision')).toHaveCount(0);
      await expect(talk.message('After the decision')).toHaveCount(0);
      await expect(order.turn.getByTestId('move-approve')).toHaveCount(0);

      // One entry further somebody said something; the diagram stays.
      await page.keyboard.press('ArrowRight');
      await expect(talk.message('Before the decision')).toBeVisible();
      await order.expectNode('lead', 'waiting');

      // News do not end it; the person does.
      await fin.api.say(id, 'Said meanwhile');
      await expect(page.getByTestId('replay-entry')).toContainText(`/ ${(last ?? 0) + 1}`);
      await expect(talk.message('Said meanwhile')).toHaveCount(0);
      await page.getByTestId('replay-leave').click();
      await expect(talk.message('Said meanwhile')).toBeVisible();
      await order.expectNode('finance', 'waiting');
      await expect(page.getByTestId('replay-entry')).toHaveText(say.entry((last ?? 0) + 1, (last ?? 0) + 1));
    });

    test('a row that somebody else decides leaves the inbox with a word on why', async ({ team, visit }) => {
      const [req, bea, cai] = await team.people(['Req', 'Bea', 'Cai']);
      const { flow } = await publishRequest(team, [bea, cai]);
      const orders = [];
      for (const what of ['A lamp', 'A desk', 'A plant']) orders.push(await submitted(req, flow, { what }));
      const [lamp, desk, plant] = orders;
      const page = await visit(cai, '/inbox', { before: (page) => page.clock.install() });
      const row = (order: typeof lamp) => page.locator(`[data-testid="order-row"][data-order="${order?.id}"]`);
      await expect(row(plant)).toBeVisible();
      await bea.api.command({ type: 'decide', order: lamp?.id ?? 0, move: { move: 'approve' } });
      await expect(row(lamp).getByTestId('leaving')).toHaveText(say.left);
      await page.clock.fastForward(LONG_ENOUGH_TO_READ_MS);
      await expect(row(lamp)).toHaveCount(0);

      // Two at once, with the keys and one reason.
      await page.keyboard.press('j');
      await page.keyboard.press('x');
      await page.keyboard.press('j');
      await page.keyboard.press('x');
      await page.keyboard.press('r');
      await page.getByTestId('verdict-words').fill('Not this year');
      await page.keyboard.press('Enter');
      for (const order of [desk, plant]) await expect(row(order).getByTestId('leaving')).toBeVisible();
      await page.clock.fastForward(LONG_ENOUGH_TO_READ_MS);
      await expect(page.getByTestId('order-row')).toHaveCount(0);
      for (const order of [desk, plant]) {
        const { summary } = await req.api.get<{ summary: { status: string } }>(`/api/orders/${order?.id}`);
        expect(summary.status).toBe('rejected');
      }
    });

    test('whoever is too late hears who was faster', async ({ team, visit }) => {
      const [req, bea, fin] = await team.people(['Req', 'Bea', 'Fin']);
      const { flow } = await publishPurchase(team, { told: [req], first: bea, second: fin });
      const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
      // News are held back, as on a slow network; answers come through.
      let areNewsHeld = false;
      const before = (page: Page) =>
        page.routeWebSocket(/\/live$/, (socket) => {
          const server = socket.connectToServer();
          server.onMessage((message) => {
            if (!areNewsHeld || !message.toString().includes('"type":"entries"')) socket.send(message);
          });
        });
      const one = new OrderPage(await visit(bea, `/orders/${id}`, { before }));
      await expect(one.turn.getByTestId('move-approve')).toBeVisible();
      areNewsHeld = true;
      await bea.api.command({ type: 'decide', order: id, move: { move: 'approve' } });
      await one.turn.getByTestId('move-approve').click();
      await expect(one.turn.getByRole('alert')).toContainText(say.already);
      await one.expectNode('lead', 'done');
      await expect(one.turn.getByTestId('move-approve')).toHaveCount(0);
    });
  });
}

test('a decision is written into the talk, and its completion is offered', async ({ team, visit }) => {
  const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
  const order = new OrderPage(await visit(lee, `/orders/${id}`, { viewport: { width: 1440, height: 900 } }));
  const { composer } = new Conversation(order.page);
  await expect(order.turn.getByTestId('move-approve')).toBeVisible();
  await composer.pressSequentially('/rej');
  await expect(order.page.getByRole('listbox', { name: 'Commands' })).toBeVisible();
  await composer.press('Tab');
  await composer.pressSequentially('Too dear');
  await composer.press('Enter');
  await order.expectStatus('rejected');
  await expect(order.chat.getByTestId('order-line').filter({ hasText: 'Too dear' })).toBeVisible();
  await expect(order.page.locator('[data-testid="message"][data-pending]')).toHaveCount(0);
});

test('on a phone one decides with the thumb', async ({ team, visit }) => {
  const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
  const order = new OrderPage(await visit(lee, `/orders/${id}`, { viewport: { width: 375, height: 740 } }));
  const { page } = order;
  await expect(order.turn).toContainText('Manager: your decision, please');
  await page.getByTestId('pane-diagram').click();
  await order.expectNode('lead', 'waiting');
  const nodes = await Promise.all(['start', 'lead', 'finance', 'end'].map((id) => order.node(id).boundingBox()));
  const tops = nodes.map((box) => box?.y ?? 0);
  expect(tops, 'the diagram goes from top to bottom').toEqual([...tops].sort((one, other) => one - other));
  await page.getByTestId('thumb-bar').getByTestId('move-approve').click();
  await order.expectNode('lead', 'done');
  await expect(page.getByTestId('thumb-bar')).toHaveCount(0);
  await page.getByTestId('pane-chat').click();
  await expect(order.chat.getByTestId('order-line').last()).toContainText('Lee approved');
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(isWide).toBe(false);
});

test('an order is found by its title and its number, from the list and from everywhere', async ({ team, visit }) => {
  const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  const { number } = await submitted(req, flow, { what: 'Zanzibar lamps', amount: '20.00' });
  await submitted(req, flow, { what: 'Office plants', amount: '30.00' });
  const page = await visit(req, '/orders');
  await expect(page.getByTestId('order-row')).toHaveCount(2);
  await page.getByRole('searchbox').fill('Zanzibar');
  await expect(page.getByTestId('order-row')).toHaveCount(1);
  await page.keyboard.press('Control+k');
  await page.getByTestId('switcher').getByRole('combobox').fill(`#${number}`);
  await page.getByTestId('switcher').getByRole('option', { name: 'Zanzibar lamps' }).click();
  await expect(page.getByTestId('order-title')).toHaveText('Zanzibar lamps');
});

test('the list view of the diagram has the same actions, for the keyboard alone', async ({ team, visit }) => {
  const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
  const order = new OrderPage(await visit(lee, `/orders/${id}`, { viewport: { width: 1440, height: 900 } }));
  const pane = order.page.getByTestId('diagram-pane');
  await pane.getByRole('button', { name: 'Show as list' }).press('Enter');
  const manager = pane.locator('li[data-node="lead"]');
  await manager.getByTestId('move-approve').press('Enter');
  await expect(manager).toHaveAttribute('data-state', 'done');
  await expect(manager).toContainText('Done');
});

for (const transport of ['sse', 'long_poll', 'short_poll'] as const) {
  test(`an order changes by itself over ${transport}, too`, async ({ team, visit }) => {
    const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
    const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
    const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
    await req.api.choose(transport);
    const order = new OrderPage(await visit(req, `/orders/${id}`, { viewport: { width: 1440, height: 900 } }));
    await new Conversation(order.page).expectTransport(transport);
    await order.expectNode('lead', 'waiting');
    await lee.api.command({ type: 'decide', order: id, move: { move: 'approve', comment: 'Over the wire' } });
    await order.expectNode('lead', 'done');
    await expect(order.timeline).toContainText('Over the wire');
    await expect(order.page.getByTestId('news')).toContainText('Lee approved');
  });
}

test('one sees who looks, who writes and who is about to decide', async ({ team, visit }) => {
  const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
  const viewport = { width: 1440, height: 900 };
  const before = (page: Page) => page.clock.install();
  const requester = new OrderPage(await visit(req, `/orders/${id}`, { viewport, before }));
  const lookers = requester.page.getByTestId('lookers');
  await expect(lookers).toBeEmpty();
  const manager = new OrderPage(await visit(lee, `/orders/${id}`, { viewport }));
  await expect(lookers).toHaveText('Lee looking');
  await expect(manager.page.getByTestId('lookers')).toHaveText('Req looking');
  await new Conversation(manager.page).composer.pressSequentially('Hm');
  await expect(lookers).toHaveText('Lee writing');
  await requester.page.clock.fastForward(WRITES_NO_MORE_MS);
  await expect(lookers).toHaveText('Lee looking');
  await manager.turn.getByTestId('move-reject').click();
  await expect(lookers).toHaveText('Lee deciding');
  await manager.page.keyboard.press('Escape');
  await manager.page.getByRole('link', { name: /Inbox/ }).click();
  await expect(lookers).toBeEmpty();
});

test('an administrator looks in, sees it change, and joins to talk', async ({ team, visit }) => {
  const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  const { id } = await submitted(req, flow, { what: 'A lamp', amount: '20.00' });
  await req.api.say(id, 'Only among us');
  const order = new OrderPage(await visit(team.admin, `/orders/${id}`, { viewport: { width: 1440, height: 900 } }));
  await order.expectNode('lead', 'waiting');
  await lee.api.command({ type: 'decide', order: id, move: { move: 'approve' } });
  await order.expectNode('lead', 'done');
  await order.page.getByTestId('join-order').click();
  await expect(new Conversation(order.page).message('Only among us')).toBeVisible();
  await expect(order.page.getByTestId('join-order')).toHaveCount(0);
});

test('nobody sees an order that they have no part in', async ({ team, visit }) => {
  const [req, lee, fin, eve] = await team.people(['Req', 'Lee', 'Fin', 'Eve']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  const { id } = await submitted(req, flow, { what: 'A secret', amount: '20.00' });
  const page = await visit(eve, `/orders/${id}`);
  await expect(page.getByText('This order cannot be found')).toBeVisible();
  await page.goto(new URL('/orders', page.url()).href);
  await expect(page.getByText('No orders yet')).toBeVisible();
});

test('the list of orders is saved as a table, as it is filtered', async ({ team, visit }) => {
  const [req, lee, fin] = await team.people(['Req', 'Lee', 'Fin']);
  const { flow } = await publishPurchase(team, { told: [req], first: lee, second: fin });
  await submitted(req, flow, { what: 'Zanzibar lamps', amount: '20.00' });
  await submitted(req, flow, { what: 'Office plants', amount: '30.00' });
  const page = await visit(req, '/orders?q=Zanzibar');
  await expect(page.getByTestId('order-row')).toHaveCount(1);
  const saving = page.waitForEvent('download');
  await page.getByTestId('export-csv').click();
  const table = await readFile(await (await saving).path(), 'utf8');
  expect(table).toContain('Zanzibar lamps');
  expect(table).not.toContain('Office plants');
});
