import { DraftPage } from './support/draft';
import { ordersOf, publish, publishSample, setManager } from './support/flows';
import { hosts, publishWebsite } from './support/releases';
import { expect, test } from './support/test';

const chosenFlow = `
flow: NAME
name: {zh: 专家意见, en: Expert opinion}
form:
  - {id: what, label: {zh: 内容, en: What}, type: text, required: true}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start}
  - {id: expert, name: {zh: 专家, en: The expert}, kind: approve, who: [chosen], rule: any}
  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: expert}
  - {from: expert, to: end}
`;

test('a flow is found in the catalogue, and its draft saves itself', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const { flow } = await publish(team, chosenFlow.replace('Expert opinion', 'Opinion NAME'));
  const page = await visit(ann, '/orders/new');
  await page.locator(`[data-flow="${flow}"]`).click();
  const draft = new DraftPage(page);
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await page.getByLabel('What').fill('A bridge');
  await draft.expectSaved();
  await expect(draft.saved).toContainText('Saved');

  await page.reload();
  await expect(page.getByLabel('What')).toHaveValue('A bridge');
  await page.goto(new URL('/orders/new', page.url()).href);
  await expect(page.getByRole('heading', { name: 'Go on writing' })).toBeVisible();
  await page.locator(`a[href="/orders/${draft.id || (await ordersOf(ann, flow))[0]?.id}"]`).click();
  await expect(page.getByLabel('What')).toHaveValue('A bridge');
});

test('starting again goes on with a draft that was left empty', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const { flow } = await publish(team, chosenFlow);
  for (let time = 0; time < 3; time += 1) {
    const page = await visit(ann, `/orders/new/${flow}`);
    await new DraftPage(page).expectSaved();
  }
  expect(await ordersOf(ann, flow)).toHaveLength(1);
});

test('the preview says who will approve, and changes with the form', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  await setManager(team, ann, bea);
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(ann, `/orders/new/${flow}`);
  const draft = new DraftPage(page);
  await page.getByLabel('Annual leave').check();
  await page.getByLabel('From').fill('2026-12-24');
  await page.getByLabel('To', { exact: true }).fill('2026-12-25');
  await page.getByLabel('Days').fill('2');
  await expect(draft.step('manager')).toContainText(bea.name);
  await expect(draft.step('leads')).toBeHidden();
  await page.getByLabel('Days').fill('5');
  await expect(draft.step('leads')).toBeVisible();
});

for (const { locale, missing } of [
  { locale: 'en-US', missing: /You may not release \S+ to “production”/ },
  { locale: 'zh-CN', missing: /你没有把 \S+ 发布到“production”的权限/ },
]) {
  test(`whoever may not release somewhere reads so next to the field, before submitting: ${locale}`, async ({ team, visit }) => {
    const [ann] = await team.people(['Ann']);
    const { group } = await hosts(team, 1);
    const flow = await publishWebsite(team, [team.admin], group);
    const grant = { permission: 'start_release', application: flow, environment: 'staging' };
    await team.admin.api.put(`/api/people/${ann.id}/permissions`, { permissions: [grant] });
    const page = await visit(ann, `/orders/new/${flow}`, { locale });
    const environment = new DraftPage(page).field('environment');
    await environment.getByRole('radio').nth(1).check();
    await expect(environment).toContainText(missing);
    await environment.getByRole('radio').nth(0).check();
    await expect(environment).not.toContainText(missing);
  });
}

test('a double click submits once, and the order waits for the manager', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  await setManager(team, ann, bea);
  const { flow } = await publishSample(team, 'leave');
  const form = { kind: 'annual', from: '2026-12-24', to: '2026-12-25', days: 2 };
  const { id } = await ann.api.post<{ id: number }>('/api/orders', { command: `double-${ann.id}`, flow, form });
  const page = await visit(ann, `/orders/${id}`);
  const draft = new DraftPage(page);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/submit')) sent.push(request.url());
  });
  await draft.submit.dblclick();
  await expect(draft.submit).toBeHidden();
  const orders = await ordersOf(ann, flow);
  expect(orders).toHaveLength(1);
  expect(orders[0]).toMatchObject({ id, status: 'running', waiting_for: [bea.id] });
  expect(sent).toHaveLength(1);
});

test('an answer that is lost does no harm: the page goes on to the order that was made', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  await setManager(team, ann, bea);
  const { flow } = await publishSample(team, 'leave');
  const form = { kind: 'annual', from: '2026-12-24', to: '2026-12-25', days: 2 };
  const { id } = await ann.api.post<{ id: number }>('/api/orders', { command: `lost-${ann.id}`, flow, form });
  const page = await visit(ann, `/orders/${id}`);
  const draft = new DraftPage(page);
  await draft.expectSaved();
  await page.route('**/submit', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await draft.submit.click();
  await expect(draft.submit).toBeHidden();
  const { number } = (await ordersOf(ann, flow))[0] ?? {};
  expect(number).toEqual(expect.any(Number));
});

test('a field that others fill in later is not asked of the requester', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  await setManager(team, ann, bea);
  const { flow } = await publishSample(team, 'purchase');
  const page = await visit(ann, `/orders/new/${flow}`);
  const draft = new DraftPage(page);
  await page.getByLabel('What', { exact: true }).fill('A desk');
  await page.getByRole('button', { name: 'Add a row' }).click();
  await draft.field('items').getByLabel('Name').fill('Desk');
  await draft.field('items').getByLabel('Count').fill('1');
  await draft.field('items').getByLabel('Price').fill('60000');
  await expect(draft.field('quotes')).toBeVisible();
  await draft.field('items').getByLabel('Price').fill('600');
  await expect(draft.field('quotes')).toBeHidden();
  await expect(draft.field('invoice')).toBeHidden();
  await expect(draft.step('manager')).toContainText(bea.name);
  await draft.submit.click();
  await expect(draft.submit).toBeHidden();
  expect((await ordersOf(ann, flow))[0]).toMatchObject({ status: 'running', waiting_for: [bea.id] });
});

test('where the requester chooses who decides, nothing is sent before that', async ({ team, visit }) => {
  const [ann, bea] = await team.people(['Ann', 'Bea']);
  const { flow } = await publish(team, chosenFlow);
  const page = await visit(ann, `/orders/new/${flow}`);
  const draft = new DraftPage(page);
  await page.getByLabel('What').fill('A bridge');
  const choice = page.getByRole('combobox', { name: 'People for The expert' });
  await expect(choice).toBeVisible();
  await draft.submit.click();
  await expect(choice).toHaveAccessibleDescription('Choose at least one person.');
  await expect(choice).toBeFocused();
  await draft.choosePerson(choice, bea);
  await draft.expectSaved();
  await page.reload();
  await expect(draft.step('expert')).toContainText(bea.name);
  await draft.submit.click();
  await expect(draft.submit).toBeHidden();
  expect((await ordersOf(ann, flow))[0]).toMatchObject({ status: 'running', waiting_for: [bea.id] });
});

test('a draft that nobody wants is discarded', async ({ team, visit }) => {
  const [ann] = await team.people(['Ann']);
  const { flow } = await publish(team, chosenFlow);
  const page = await visit(ann, `/orders/new/${flow}`);
  await page.getByLabel('What').fill('Nothing');
  await page.getByRole('button', { name: 'Discard draft' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard draft' }).click();
  await expect(page.getByRole('heading', { name: 'New order' })).toBeVisible();
  expect(await ordersOf(ann, flow)).toEqual([]);
});

test('drafts are saved again once the server is back', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer();
  const [ann] = await team.people(['Ann']);
  const { flow } = await publish(team, chosenFlow);
  const page = await visit(ann, `/orders/new/${flow}`, { origin: server.url });
  const draft = new DraftPage(page);
  await draft.expectSaved();
  await server.kill();
  await page.getByLabel('What').fill('Written in the dark');
  await expect(draft.saved).toHaveAttribute('data-state', 'failed');
  await server.startAgain();
  await draft.expectSaved();
  const order = await ann.api.get<{ form: object }>(`/api/orders/${draft.id}`);
  expect(order.form).toEqual({ what: 'Written in the dark' });
});
