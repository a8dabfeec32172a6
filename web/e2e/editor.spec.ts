import type { Page } from '@playwright/test';
import { expectAccessible } from './support/accessible';
import { Editor } from './support/editor';
import { publish, setManager } from './support/flows';
import { submitted } from './support/orders';
import type { Member, Team } from './support/team';
import { expect, test } from './support/test';

const wide = { viewport: { width: 1680, height: 1000 } };
let made = 0;

function unused(): string {
  made += 1;
  return `bought-${process.pid}-${made}`;
}

/** A small purchase goes from the manager to the one who buys, a large one past two who look at it at once. */
async function expectToRun(team: Team, flow: string): Promise<void> {
  const [ann, boss] = await team.people(['Ann', 'Boss']);
  await setManager(team, ann, boss);
  const { definition } = await ann.api.get<{ definition: { form: { id: string; type: string }[]; nodes: { id: string; name: { en: string } }[] } }>(`/api/flows/${flow}`);
  const ids = Object.fromEntries(definition.form.map(({ id, type }) => [type, id]));
  const form = (amount: string) => ({ [ids.text ?? '']: 'A lamp', [ids.money ?? '']: amount });
  for (const [amount, approvals] of [['20', 1], ['90000', 3]] as const) {
    const order = await submitted(ann, flow, form(amount));
    for (let count = 0; count < approvals; count += 1) await decide(boss, order.id, 'approve');
    await decide(ann, order.id, 'handle');
    expect(await ann.api.get(`/api/orders/${order.id}`)).toMatchObject({ summary: { status: 'done' } });
  }
}

/** Decides the first task that is open for this person. */
async function decide({ api, id }: Member, order: number, move: 'approve' | 'handle'): Promise<void> {
  const { tasks } = await api.get<{ tasks: { id: number; state: string; people: number[] }[] }>(`/api/orders/${order}`);
  const task = tasks.find(({ state, people }) => state === 'open' && people.includes(id))?.id ?? 0;
  await api.command({ type: 'decide', order, move: { move, task } });
}

/** Two fields, whose identifiers are what the page gives them. */
async function designForm(editor: Editor): Promise<string> {
  const { page } = editor;
  await editor.tab('Form').click();
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  await page.getByRole('button', { name: 'Amount', exact: true }).click();
  const amount = await page.getByLabel('Identifier').inputValue();
  await editor.tab('Diagram').click();
  return amount;
}

async function publishWith(page: Page, editor: Editor, flow: string): Promise<void> {
  await expect(editor.clean).toBeVisible();
  await editor.publish.click();
  await page.getByRole('dialog').getByLabel('Note').fill('The first one');
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await expect(page).toHaveURL(new RegExp(`/flows/${flow}$`));
}

test('a purchase is drawn from an empty page with the mouse, published, and run', async ({ team, visit }) => {
  const flow = unused();
  const page = await visit(team.admin, '/flows', wide);
  await page.getByRole('button', { name: 'New flow' }).click();
  await page.getByLabel('Name in English').fill('Purchase');
  await page.getByLabel('Name in Chinese').fill('采购');
  await page.getByLabel('Identifier').fill(flow);
  await page.getByRole('button', { name: 'Create and edit' }).click();
  const editor = new Editor(page);
  await expect(editor.node('Start')).toBeVisible();
  const amount = await designForm(editor);

  for (let times = 0; times < 3; times += 1) await page.getByRole('button', { name: 'Zoom out' }).click();
  await editor.moveTo('Start', [60, 400]);
  await editor.moveTo('End', [880, 400]);
  await editor.node('End').click();
  await page.keyboard.press('l');
  await editor.node('Start').click();
  await page.keyboard.press('l');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await editor.drop('Approval', [180, 400], 'Manager approves');
  await editor.drop('Condition', [320, 400], 'How much?');
  await editor.drop('Fork', [440, 240], 'At once');
  await editor.drop('Approval', [550, 180], 'Finance votes');
  await editor.drop('Approval', [550, 300], 'Leads vote');
  await editor.drop('Join', [660, 240], 'Both agreed');
  await editor.drop('Work', [760, 400], 'Buy it');

  await editor.draw('Start', 'Manager approves');
  await editor.draw('Manager approves', 'How much?');
  await editor.draw('How much?', 'Buy it');
  await editor.draw('How much?', 'At once');
  await page.getByRole('textbox', { name: 'When', exact: true }).or(page.getByRole('combobox', { name: 'When', exact: true })).fill(`${amount} > 50000`);
  await editor.draw('At once', 'Finance votes');
  await editor.draw('At once', 'Leads vote');
  await editor.draw('Finance votes', 'Both agreed');
  await editor.draw('Leads vote', 'Both agreed');
  await editor.draw('Both agreed', 'Buy it');
  await editor.draw('Buy it', 'End');
  await editor.expectSaved();
  await expectAccessible(page, 'the editor');

  await publishWith(page, editor, flow);
  await expectToRun(team, flow);
});

test('the same purchase is drawn with the keyboard alone', async ({ team, visit }) => {
  const flow = unused();
  const page = await visit(team.admin, '/flows/new', wide);
  const editor = new Editor(page);
  await editor.tabTo(page.getByLabel('Name in English'));
  await page.keyboard.type('Purchase');
  await editor.tabTo(page.getByLabel('Identifier'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type(flow);
  await page.keyboard.press('Enter');
  await expect(editor.node('Start')).toBeVisible();

  await editor.tabTo(editor.tab('Form'));
  await page.keyboard.press('Enter');
  for (const field of ['Text', 'Amount']) {
    await editor.tabTo(page.getByRole('button', { name: field, exact: true }));
    await page.keyboard.press('Enter');
  }
  const amount = await page.getByLabel('Identifier').inputValue();
  await editor.tabTo(editor.tab('Diagram'), 'Shift+Tab');
  await page.keyboard.press('Enter');

  await editor.tabTo(editor.node('Start'));
  await page.keyboard.press('l');
  await page.keyboard.press('Delete');
  await editor.addAfter('Approval', 'Manager approves');
  await editor.addAfter('Condition', 'How much?');
  await editor.addAfter('Work', 'Buy it');
  await editor.connectTo('End');
  await editor.goTo('How much?', 'ArrowLeft');
  await editor.addAfter('Fork', 'At once');
  await editor.addAfter('Approval', 'Finance votes');
  await editor.addAfter('Join', 'Both agreed');
  await editor.connectTo('Buy it');
  await editor.goTo('At once', 'ArrowLeft', 'ArrowLeft');
  await editor.addAfter('Approval', 'Leads vote');
  await editor.connectTo('Both agreed');
  await editor.goTo('How much?', 'ArrowLeft', 'ArrowLeft');
  await page.keyboard.press('l');
  await page.keyboard.press('l');
  await editor.tabTo(page.getByRole('textbox', { name: 'When', exact: true }).or(page.getByRole('combobox', { name: 'When', exact: true })));
  await page.keyboard.type(`${amount} > 50000 `);
  await page.keyboard.press('Escape');

  await expect(editor.clean).toBeVisible();
  await editor.tabTo(editor.publish, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await editor.tabTo(page.getByRole('dialog').getByRole('button', { name: 'Publish' }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/flows/${flow}$`));
  await expectToRun(team, flow);
});

const small = `
flow: NAME
name: {zh: 小, en: Small}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start}
  - {id: lead, name: {zh: 主管, en: Lead}, kind: approve, who: [manager]}
  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: lead}
  - {from: lead, to: end}
`;

test('two people who edit one flow see each other, and nobody is overwritten in silence', async ({ team, visit }) => {
  const { flow } = await publish(team, small);
  const other = await team.person('Olga', 'administrator');
  const [mine, theirs] = [await visit(team.admin, `/flows/${flow}/edit`), await visit(other, `/flows/${flow}/edit`)];
  const [me, them] = [new Editor(mine), new Editor(theirs)];
  await expect(mine.getByText(`Also here: ${other.name}`)).toBeAttached();
  await them.node('Lead').click();
  await expect(me.canvas).toContainText(`${other.name} edits this`);

  // What the other saves is taken over where nothing is changed.
  await theirs.keyboard.press('F2');
  await theirs.keyboard.type('Olga decides');
  await theirs.keyboard.press('Enter');
  await expect(me.node('Olga decides')).toBeVisible();

  // Both change it at the same time: the second save is refused, and a person chooses.
  await mine.route('**/draft', async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    await them.expectSaved();
    return route.continue();
  });
  await me.node('Start').click();
  await mine.keyboard.press('F2');
  await theirs.keyboard.press('F2');
  await theirs.keyboard.type('Olga again');
  await mine.keyboard.type('My beginning');
  await Promise.all([theirs.keyboard.press('Enter'), mine.keyboard.press('Enter')]);
  const [loser, winner] = await Promise.race([
    mine.getByRole('alertdialog').waitFor().then(() => [mine, theirs] as const),
    theirs.getByRole('alertdialog').waitFor().then(() => [theirs, mine] as const),
  ]);
  const dialog = loser.getByRole('alertdialog');
  await expect(dialog.getByRole('region', { name: 'The difference' })).toContainText('My beginning');
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await new Editor(loser).expectSaved();
  const kept = loser === mine ? 'My beginning' : 'Olga again';
  await expect(new Editor(winner).node(kept)).toBeVisible();
});

test('nodes are copied from one flow into another, and everything can be undone', async ({ team, visit }) => {
  const [first, second] = [await publish(team, small), await publish(team, small)];
  const page = await visit(team.admin, `/flows/${first.flow}/edit`);
  const editor = new Editor(page);
  await editor.node('Lead').click();
  await page.keyboard.press('Control+c');
  await page.goto(new URL(`/flows/${second.flow}/edit`, page.url()).href);
  await expect(editor.node('Lead')).toHaveCount(1);
  await editor.canvas.click({ position: { x: 30, y: 30 } });
  await page.keyboard.press('Control+v');
  await expect(editor.node('Lead')).toHaveCount(2);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Control+z');
  await expect(editor.node('Lead')).toHaveCount(1);
  await page.keyboard.press('Control+Shift+z');
  await expect(editor.node('Lead')).toHaveCount(2);
  await editor.expectSaved();
  await page.reload();
  await expect(editor.node('Lead')).toHaveCount(2);
});

test('a tablet edits with fingers', async ({ team, visit }) => {
  const { flow } = await publish(team, small);
  const page = await visit(team.admin, `/flows/${flow}/edit`, { viewport: { width: 820, height: 1100 }, hasTouch: true });
  const editor = new Editor(page);
  await editor.node('Lead').tap();
  await page.getByRole('button', { name: 'Connect Lead to…' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: 'Copy', exact: true }).tap();
  await expect(editor.node('Copy')).toBeVisible();
  await page.getByRole('button', { name: 'Arrange automatically' }).tap();
  await page.getByRole('button', { name: 'Show properties' }).tap();
  await expectAccessible(page, 'the editor on a tablet');
});
