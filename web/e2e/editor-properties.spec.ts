import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { publishSample, setManager } from './support/flows';
import { looks } from './support/looks';
import { hosts, publishWebsite } from './support/releases';
import { expect, test } from './support/test';

const wide = { viewport: { width: 1440, height: 900 } };

/** The address of the editor of a flow, on one of its tabs. */
function editorOf(flow: string, tab?: 'form' | 'text' | 'try' | 'compare'): string {
  return tab === undefined ? `/flows/${flow}/edit` : `/flows/${flow}/edit?show=${tab}`;
}

/** Selects a node as somebody does who uses no mouse, and answers what can be said about it. */
async function select(page: Page, node: string): Promise<Locator> {
  await page.locator(`[data-node="${node}"]`).focus();
  await page.keyboard.press('Enter');
  return page.getByRole('region', { name: 'Properties' });
}

/** The text of the flow as it is edited; the editor stays open. */
async function textOf(page: Page): Promise<Locator> {
  await page.getByRole('link', { name: 'Text', exact: true }).click();
  return page.getByLabel('The flow as YAML');
}

test('what is said about a node is in the text, beside the comments that were there', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow), wide);
  const properties = await select(page, 'manager');
  await properties.getByRole('radio', { name: /So many percent/ }).check();
  await properties.getByLabel('Percent needed').fill('60');
  await properties.getByLabel('The requester may approve their own order').check();
  await properties.getByLabel('Identifier').fill('boss');
  await properties.getByLabel('Identifier').press('Enter');
  await expect(properties.getByLabel('Identifier')).toHaveValue('boss');

  const text = await textOf(page);
  await expect(text).toHaveValue(/rule: \{percent: 60\}/);
  await expect(text).toHaveValue(/own: true/);
  await expect(text).toHaveValue(/\{from: start, to: boss\}/);
  await expect(text).toHaveValue(/^# 请假/);
});

test('a problem stands next to the input that it is about', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow), wide);
  const properties = await select(page, 'copy');
  await properties.getByRole('button', { name: /^Remove Who is told/ }).click();
  await expect(properties.getByRole('group', { name: 'Who is told' })).toHaveAccessibleDescription(/names nobody/);
});

test('a problem in the list leads to where it is put right, on a tablet as well', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow, 'text'), { viewport: { width: 820, height: 1100 }, hasTouch: true });
  const text = page.getByLabel('The flow as YAML');
  const good = await text.inputValue();
  const goTo = async (words: RegExp): Promise<void> => {
    await expect(page.getByTestId('flow-problems')).toContainText(words);
    await page.getByRole('button', { name: '1 problem', exact: true }).click();
    await page.getByTestId('editor-problems').getByRole('button', { name: words }).click();
  };
  await text.fill(good.replace('min: 0.5', 'min: 500'));
  await goTo(/min is above max/);
  await expect(page.getByLabel('Identifier')).toHaveValue('days');

  await page.getByRole('link', { name: 'Text', exact: true }).click();
  await text.fill(good.replace('days > 3', 'days >'));
  await goTo(/is not finished/);
  const properties = page.getByRole('region', { name: 'Properties' });
  await expect(properties.getByRole('combobox', { name: /^Condition to/ })).toHaveValue('days >');
});

test('an expression completes field names, and says what it gives', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow), wide);
  const properties = await select(page, 'long');
  const expression = properties.getByRole('combobox', { name: /^Condition to/ });
  await expression.fill('');
  await expression.pressSequentially('da');
  await expect(page.getByRole('option', { name: /days/ })).toBeVisible();
  await expression.press('Enter');
  await expression.pressSequentially(' > 2');
  await expect(expression).toHaveValue('days > 2');
  await expect(expression).toHaveAccessibleDescription(/With the sample values: false/);

  await properties.getByRole('button', { name: 'Sample values' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Days').fill('5');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(expression).toHaveAccessibleDescription(/With the sample values: true/);
});

test('what is wrong in an expression is marked where it stands, and told in words', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow), wide);
  const expression = (await select(page, 'long')).getByRole('combobox', { name: /^Condition to/ });
  const marked = page.getByTestId('marked');
  for (const [text, mark, words] of [
    ['days > 2 && dyas > 1', 'dyas', /there is no such field: dyas/],
    ['days > 2 )', ')', /can not be read from character 10 on/],
    ['days >', '\u00A0', /is not finished/],
  ] as const) {
    await expression.fill(text);
    await expect(marked).toHaveText(mark, { useInnerText: false });
    await expect(expression).toHaveAccessibleDescription(words);
    await expect(expression).toHaveAttribute('aria-invalid', 'true');
  }
  await expression.fill('days > 2');
  await expect(marked).toBeHidden();
  await expect(expression).toHaveAccessibleDescription(/With the sample values/);
});

test('a renamed field is renamed in the expressions that use it', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow, 'form'), wide);
  await page.getByRole('button', { name: /^Days/ }).click();
  await page.getByLabel('Identifier').fill('length');
  await page.getByLabel('Identifier').press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Change everywhere' }).click();
  await expect(await textOf(page)).toHaveValue(/when: length > 3/);
});

test('a field is added and moved by keyboard, and by dragging', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'access');
  const page = await visit(team.admin, editorOf(flow, 'form'), wide);
  await page.getByRole('button', { name: 'Amount', exact: true }).press('Enter');
  await expect(page.getByText('Amount is field 2 now')).toBeAttached();
  const row = page.getByRole('button', { name: /^Amount.*Amount$/ });
  await row.focus();
  await row.press('Alt+ArrowUp');
  await expect(page.getByText('Amount is at place 1 of 6 now')).toBeAttached();

  await page.getByRole('button', { name: 'Date', exact: true }).hover();
  await page.mouse.down();
  await page.getByRole('button', { name: /^System/ }).hover();
  await page.mouse.up();
  await expect(await textOf(page)).toHaveValue(/type: money\}[^]*type: date\}[^]*id: why/);
});

test('a mistake in the text has its line, and changes nothing', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow, 'text'), wide);
  const text = page.getByLabel('The flow as YAML');
  const good = await text.inputValue();
  await text.fill(good.replace('kind: cc', 'kind: copy'));
  await expect(text).toHaveAccessibleDescription(/Not a flow yet/);
  await expect(page.getByTestId('flow-problems').getByRole('button', { name: /^line \d+$/ })).toBeVisible();
  await page.getByRole('button', { name: 'Discard what I typed' }).click();
  await expect(text).toHaveValue(good);
});

test('a dry run shows which way an order goes, and who is asked', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const [ann, boss] = await team.people(['Ann', 'Boss']);
  await setManager(team, ann, boss);
  const page = await visit(team.admin, editorOf(flow, 'try'), wide);
  await page.getByLabel('Requester').fill(ann.username);
  await page.getByTestId('person-option').first().click();
  await page.getByLabel('Annual leave').check();
  await page.getByLabel('From').fill('2026-12-01');
  await page.getByLabel('To', { exact: true }).fill('2026-12-06');
  await page.getByLabel('Days').fill('5');
  await page.getByRole('button', { name: 'Begin' }).click();
  const manager = page.locator('[data-wait="manager"]');
  await manager.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(page.locator('[data-step="long"]')).toContainText('days > 3');
  await expect(page.locator('[data-wait="leads"]')).toBeVisible();

  await page.getByRole('button', { name: 'Take the last answer back' }).click();
  await manager.getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByText('it was rejected')).toBeVisible();
});

test('a dry run shows the hosts that a script would run on, batch by batch', async ({ team, visit }) => {
  const web = await hosts(team, 3);
  const flow = await publishWebsite(team, [team.admin], web.group);
  const [ann, boss] = await team.people(['Ann', 'Boss']);
  await setManager(team, ann, boss);
  const page = await visit(team.admin, editorOf(flow, 'try'), wide);
  await page.getByLabel('Requester').fill(ann.username);
  await page.getByTestId('person-option').first().click();
  await page.getByLabel('Version').fill('v1.0.0');
  await page.getByRole('radio', { name: /staging/i }).check();
  await page.getByLabel('What changes').fill('Fixes');
  await page.getByRole('button', { name: 'Begin' }).click();
  for (const [node, verdict] of [['manager', 'Approve'], ['fetch', 'Succeeds'], ['compile', 'Succeeds'], ['package', 'Succeeds']] as const) {
    await page.locator(`[data-wait="${node}"]`).getByRole('button', { name: verdict, exact: true }).click();
  }
  const push = page.locator('[data-step="push"]');
  for (const [index, name] of web.names.entries()) await expect(push).toContainText(`Batch ${index + 1}: ${name}`);
});

test('a dry run says when nobody could decide: the only administrator asks', async ({ ownServer, visit }) => {
  const { server, team } = await ownServer();
  const flow = await publishWebsite(team, [team.admin], 'nowhere');
  const page = await visit(team.admin, editorOf(flow, 'try'), { ...wide, origin: server.url });
  await page.getByLabel('Version').fill('v1.0.0');
  await page.getByRole('radio', { name: /staging/i }).check();
  await page.getByLabel('What changes').fill('Fixes');
  await page.getByRole('button', { name: 'Begin' }).click();
  await expect(page.locator('[data-wait="manager"]')).toContainText('Choose another requester.');
});

test('the draft is compared with a version, and an old version published again', async ({ team, visit }) => {
  const { flow } = await publishSample(team, 'leave');
  const page = await visit(team.admin, editorOf(flow), wide);
  const properties = await select(page, 'copy');
  await properties.getByLabel('Name (English)').fill('Tell finance');
  await page.getByRole('link', { name: 'Compare', exact: true }).click();
  await expect(page.getByText('1 change', { exact: true })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Nodes' })).toContainText('Tell finance');

  const text = await (await textOf(page)).inputValue();
  await team.admin.api.post('/api/flows', { yaml: text, note: 'Finance is told' });
  await page.goto(editorOf(flow, 'compare'));
  await page.getByRole('button', { name: /^Publish again/ }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Note')).toHaveValue('Back to version 1');
  await dialog.getByRole('button', { name: 'Publish again' }).click();
  await expect(page.getByRole('list', { name: 'Versions' })).toContainText('Version 3');
});

for (const { name, ...look } of looks) {
  test(`every part of the editor can be read by everybody: ${name}`, async ({ team, visit }) => {
    const { flow } = await publishSample(team, 'purchase');
    const page = await visit(team.admin, editorOf(flow), look);
    for (const tab of ['form', 'text', 'try', 'compare', undefined] as const) {
      const path = editorOf(flow, tab);
      await page.locator(`nav a[href="${path}"]`).click();
      await expect(page.locator(`nav a[href="${path}"]`)).toHaveAttribute('aria-current', 'page');
      await expectAccessible(page, `the editor on ${tab ?? 'diagram'}`);
    }
  });
}
