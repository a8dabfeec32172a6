import { Conversation } from './support/conversation';
import { DraftPage } from './support/draft';
import { group, ordersOf } from './support/flows';
import { expectTold, move, named, orderWith, pick, publishStep } from './support/moves';
import { OrderPage, submitted } from './support/orders';
import { expect, test } from './support/test';

test.use({ viewport: { width: 1440, height: 900 } });

test.describe('in English', () => {
  test.use({ locale: 'en-US' });

  test('a task that is handed over is decided by whoever got it', async ({ team, visit }) => {
    const [req, lee, bea] = await team.people(['Req', 'Lee', 'Bea']);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const inbox = await visit(bea, '/inbox');
    const [from, watching] = [new OrderPage(await visit(lee, `/orders/${id}`)), new OrderPage(await visit(req, `/orders/${id}`))];
    await from.chooseMore('Hand over');
    const dialog = from.page.getByRole('dialog');
    await dialog.getByTestId('move-send').click();
    await expect(dialog).toContainText('Choose somebody.');
    await expect(dialog).toContainText('Say why.');
    await pick(from.page, bea);
    await from.explain('On holiday');
    await expect(from.turn).toContainText('Nothing is asked of you now.');
    await expectTold([from, watching], 'Lee handed Manager to Bea', 'On holiday');
    await expect(watching.page.getByTestId('waits-for')).toContainText('Bea');

    const row = inbox.locator(`[data-testid="order-row"][data-order="${id}"]`);
    await row.getByRole('link').click();
    const to = new OrderPage(inbox);
    await move(to, 'approve').click();
    await Promise.all([from, watching, to].map((one) => one.expectStatus('approved')));
    await expectTold([watching], 'Bea approved · Manager');
  });

  test('a signer after me is asked when I have approved', async ({ team, visit }) => {
    const [req, lee, bea] = await team.people(['Req', 'Lee', 'Bea']);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const owner = new OrderPage(await visit(lee, `/orders/${id}`));
    await owner.chooseMore('Add signers');
    await pick(owner.page, bea);
    await owner.page.getByText('After me').click();
    await owner.explain('She knows more');
    await expectTold([owner], 'Lee asks Bea to sign afterwards · Manager', 'She knows more');
    await expect(owner.page.getByTestId('waits-for')).toContainText('Later');
    // Nothing is asked of her yet.
    const inbox = await visit(bea, '/inbox');
    await expect(inbox.getByText('Nothing waits for you')).toBeVisible();
    await move(owner, 'approve').click();
    await inbox.locator(`[data-testid="order-row"][data-order="${id}"]`).getByRole('link').click();
    const signer = new OrderPage(inbox);
    await owner.expectStatus('running');
    await move(signer, 'approve').click();
    await Promise.all([owner, signer].map((one) => one.expectStatus('approved')));
  });

  test('work is done with the field that only its step may fill in', async ({ team, visit }) => {
    const [req, fin] = await team.people(['Req', 'Fin']);
    const { id } = await orderWith(team, req, {
      step: `kind: handle, who: ${named(fin)}, fields: {invoice: write}`,
      start: ', fields: {invoice: hidden}',
      fields: ['{id: invoice, label: {zh: 发票号, en: Invoice}, type: text, required: true}'],
    });
    const asking = new OrderPage(await visit(req, `/orders/${id}`));
    await expect(asking.page.getByTestId('request')).toContainText('A lamp');
    const handler = new OrderPage(await visit(fin, `/orders/${id}`));
    await expect(handler.turn).toContainText('Manager waits for you to do it');
    await move(handler, 'handle').click();
    await expect(handler.page.getByTestId('request').getByLabel('Invoice')).toHaveAttribute('aria-invalid', 'true');
    await handler.expectStatus('running');
    await handler.page.getByTestId('request').getByLabel('Invoice').fill('F-2026-1');
    await handler.page.getByTestId('remark').fill('Ordered');
    await move(handler, 'handle').click();
    await Promise.all([asking, handler].map((one) => one.expectStatus('done')));
    await expectTold([asking], 'Fin finished · Manager', 'Ordered', 'Fin changed the form');
    await expect(handler.page.getByTestId('request')).toContainText('F-2026-1');
  });

  test('whoever is asked is nudged once an hour', async ({ team, visit }) => {
    const [req, lee] = await team.people(['Req', 'Lee']);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const asking = new OrderPage(await visit(req, `/orders/${id}`));
    const waits = asking.page.getByTestId('waits-for');
    await waits.getByRole('button', { name: 'Nudge' }).click();
    await expectTold([asking], 'Req nudged · Manager');
    await expect(waits).toContainText('nudged');
    await expect(waits.getByRole('button', { name: 'Nudge' })).toHaveCount(0);
    const composer = asking.page.getByTestId('composer');
    await composer.fill('/nudge');
    await composer.press('Enter');
    await expect(asking.chat).toContainText('They were reminded less than an hour ago.');
    // Nothing else waits for the hour to pass.
    await composer.fill('Then I call him');
    await composer.press('Enter');
    await expect(new Conversation(asking.page).message('Then I call him')).toBeVisible();
    await expect(asking.page.locator('[data-pending="sending"]')).toHaveCount(0);
  });

  test('an administrator closes what nobody wants any more', async ({ team, visit }) => {
    const [req, lee] = await team.people(['Req', 'Lee']);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const asked = new OrderPage(await visit(lee, `/orders/${id}`));
    await expect(move(asked, 'approve')).toBeVisible();
    const admin = new OrderPage(await visit(team.admin, `/orders/${id}`));
    await move(admin, 'force_close').click();
    await admin.page.getByTestId('move-send').click();
    await expect(admin.page.getByRole('dialog')).toContainText('Say why.');
    await admin.explain('The company moved');
    await asked.expectStatus('closed');
    await expectTold([asked], 'The company moved');
    await expect(asked.turn).toContainText('This order is finished.');
  });

  test('somebody who is away is stood in for', async ({ team, visit }) => {
    const [req, lee, bea] = await team.people(['Req', 'Lee', 'Bea']);
    const profile = await visit(lee, '/profile/absence');
    await profile.getByRole('button', { name: 'New absence' }).click();
    await new DraftPage(profile).choosePerson(profile.getByRole('dialog').getByRole('combobox').first(), bea);
    await profile.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await expect(profile.getByText('Bea stands in')).toBeVisible();
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const standIn = new OrderPage(await visit(bea, `/orders/${id}`));
    await move(standIn, 'approve').click();
    await standIn.expectStatus('approved');
    await standIn.node('step').click();
    await expect(standIn.page.getByTestId('node-panel')).toContainText('for Lee');
  });

  test('a field that a step hides is seen by everybody but its people', async ({ team, visit }) => {
    const [req, lee] = await team.people(['Req', 'Lee']);
    const flow = {
      step: `kind: approve, who: ${named(lee)}, fields: {salary: hidden}`,
      fields: ['{id: salary, label: {zh: 薪资, en: Salary}, type: money}'],
    };
    const { id } = await orderWith(team, req, flow, { what: 'A lamp', salary: '4200.00' });
    const asking = new OrderPage(await visit(req, `/orders/${id}`));
    await expect(asking.page.getByTestId('request')).toContainText('4,200.00');
    const asked = new OrderPage(await visit(lee, `/orders/${id}`));
    await expect(asked.page.getByTestId('request')).toContainText('A lamp');
    await expect(asked.page.getByTestId('request')).not.toContainText('Salary');
    expect(await lee.api.get(`/api/orders/${id}`).then(JSON.stringify)).not.toContain('4200');
    await move(asked, 'approve').click();
    await asked.expectStatus('approved');
  });
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('a signer before me decides first', async ({ team, visit }) => {
    const [req, lee, bea] = await team.people(['Req', 'Lee', 'Bea']);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const owner = new OrderPage(await visit(lee, `/orders/${id}`));
    await owner.chooseMore('加签');
    await pick(owner.page, bea);
    await expect(owner.page.getByLabel('在我之前')).toBeChecked();
    await owner.explain('先请专家看');
    await expectTold([owner], 'Lee 前加签 Bea · 主管审批', '先请专家看');
    await expect(move(owner, 'approve')).toHaveCount(0);
    const signer = new OrderPage(await visit(bea, `/orders/${id}`));
    await move(signer, 'approve').click();
    await owner.expectNode('step', 'waiting');
    await move(owner, 'approve').click();
    await Promise.all([owner, signer].map((one) => one.expectStatus('approved')));
  });

  test('a task of a group is claimed, given back, and claimed by somebody else', async ({ team, visit }) => {
    const [req, bea, cai] = await team.people(['Req', 'Bea', 'Cai']);
    const { name } = await group(team, 'Askers', [bea, cai]);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: [{group: ${name}}], rule: any` });
    const [one, other] = [new OrderPage(await visit(bea, `/orders/${id}`)), new OrderPage(await visit(cai, `/orders/${id}`))];
    await expect(one.turn).toContainText('主管审批 等你们中的一人处理');
    await expect(move(other, 'approve')).toBeVisible();
    await move(one, 'claim').click();
    await expectTold([one, other], 'Bea 认领了 主管审批');
    await expect(other.turn).toContainText('现在不需要你处理。');
    await one.chooseMore('放弃认领');
    await expectTold([other], 'Bea 放弃认领 主管审批');
    await move(other, 'claim').click();
    await expect(one.turn).toContainText('现在不需要你处理。');
    await move(other, 'approve').click();
    await Promise.all([one, other].map((page) => page.expectStatus('approved')));
  });

  test('whoever asked withdraws, and nobody is asked any more', async ({ team, visit }) => {
    const [req, lee] = await team.people(['Req', 'Lee']);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const asked = new OrderPage(await visit(lee, `/orders/${id}`));
    await expect(move(asked, 'approve')).toBeVisible();
    await asked.page.getByTestId('your-turn').getByTestId('move-reject').click();
    const asking = new OrderPage(await visit(req, `/orders/${id}`));
    await move(asking, 'withdraw').click();
    await asking.explain('不需要了');
    await Promise.all([asking, asked].map((one) => one.expectStatus('withdrawn')));
    await expect(asked.page.getByRole('dialog')).toContainText('已不需要处理');
    await expect(asked.page.getByTestId('move-send')).toBeDisabled();
    await asked.page.keyboard.press('Escape');
    await expectTold([asked], '不需要了');
    await expect(asked.turn).toContainText('工单已结束。');
  });

  test('an administrator gives a task to somebody else', async ({ team, visit }) => {
    const [req, lee, bea] = await team.people(['Req', 'Lee', 'Bea']);
    const { id } = await orderWith(team, req, { step: `kind: approve, who: ${named(lee)}` });
    const asked = new OrderPage(await visit(lee, `/orders/${id}`));
    await expect(move(asked, 'approve')).toBeVisible();
    const admin = new OrderPage(await visit(team.admin, `/orders/${id}`));
    await admin.page.getByTestId('waits-for').getByRole('button', { name: '转给他人' }).click();
    await pick(admin.page, bea);
    await admin.explain('Lee 离职了');
    await expectTold([asked], '转给 Bea', 'Lee 离职了');
    await expect(move(asked, 'approve')).toHaveCount(0);
    const next = new OrderPage(await visit(bea, `/orders/${id}`));
    await move(next, 'approve').click();
    await admin.expectStatus('approved');
  });

  test('whom the requester chose is asked, and nobody else', async ({ team, visit }) => {
    const [req, lee, bea] = await team.people(['Req', 'Lee', 'Bea']);
    const flow = await publishStep(team, { step: 'kind: approve, who: [chosen]' });
    const page = await visit(req, `/orders/new/${flow}`);
    const draft = new DraftPage(page);
    await page.getByLabel('内容').fill('一盏灯');
    await draft.choosePerson(draft.step('step').getByRole('combobox'), bea);
    await draft.submit.click();
    await expect(draft.submit).toBeHidden();
    const asking = new OrderPage(page);
    await expect(page.getByTestId('waits-for')).toContainText('Bea');
    const order = (await ordersOf(req, flow))[0];
    const stranger = await visit(lee, `/orders/${order?.id}`);
    await expect(stranger.getByText('找不到这个工单')).toBeVisible();
    const chosen = new OrderPage(await visit(bea, `/orders/${order?.id}`));
    await move(chosen, 'approve').click();
    await asking.expectStatus('approved');
  });

  test('a step that nobody answers reminds, and then approves by itself', async ({ team, visit }) => {
    const [req, lee] = await team.people(['Req', 'Lee']);
    const timeouts = 'timeouts: [{after: 1s, then: remind}, {after: 2s, then: approve}]';
    const flow = await publishStep(team, { step: `kind: approve, who: ${named(lee)}, ${timeouts}` });
    const { id } = await submitted(req, flow, { what: '一盏灯' });
    const asking = new OrderPage(await visit(req, `/orders/${id}`));
    await expectTold([asking], '到期提醒 · 主管审批', '自动同意 · 主管审批');
    await asking.expectStatus('approved');
    await asking.expectNode('step', 'done');
  });

  test('a draft that is discarded is in no list, and its address leads nowhere', async ({ team, visit }) => {
    const [req, lee] = await team.people(['Req', 'Lee']);
    const flow = await publishStep(team, { step: `kind: approve, who: ${named(lee)}` });
    const page = await visit(req, `/orders/new/${flow}`);
    await page.getByLabel('内容').fill('不要了');
    const draft = new DraftPage(page);
    await draft.expectSaved();
    const { id } = draft;
    await page.getByRole('button', { name: '丢弃草稿' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: '丢弃草稿' }).click();
    await expect(page).toHaveURL(/\/orders\/new$/);
    const mine = await visit(req, '/inbox?box=mine', { beside: page });
    await expect(mine.getByText('你还没有发起过工单')).toBeVisible();
    await page.goto(new URL(`/orders/${id}`, page.url()).href);
    await expect(page.getByText('找不到这个工单')).toBeVisible();
  });
});
