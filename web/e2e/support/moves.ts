import { expect, type Locator, type Page } from '@playwright/test';
import type { Values } from '../../src/orders/page/types';
import { publish } from './flows';
import { OrderPage, submitted } from './orders';
import type { Member, Team } from './team';

/** What a test is about, as YAML; everything else is the same in all of them. */
interface OneStep {
  /** The kind of the node `step` and what it has beside its name: `kind: approve, who: [manager]`. */
  step: string;
  start?: string;
  /** Fields beside `what`, one a line. */
  fields?: readonly string[];
}

/** Publishes a flow with one step that people answer. */
export async function publishStep(team: Team, { step, start = '', fields = [] }: OneStep): Promise<string> {
  const { flow } = await publish(
    team,
    `
flow: NAME
name: {zh: 申请, en: Request}
title: '{what}'
form:
  - {id: what, label: {zh: 内容, en: What}, type: text, required: true}
${fields.map((field) => `  - ${field}`).join('\n')}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start${start}}
  - {id: step, name: {zh: 主管审批, en: Manager}, ${step}}
  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: step}
  - {from: step, to: end}
`,
  );
  return flow;
}

/** An order that waits for what one step asks. */
export async function orderWith(team: Team, requester: Member, flow: OneStep, form: Values = { what: 'A lamp' }) {
  return submitted(requester, await publishStep(team, flow), form);
}

/** `{person: …}` for each of them. */
export function named(...people: readonly Member[]): string {
  return `[${people.map(({ username }) => `{person: ${username}}`).join(', ')}]`;
}

/** Takes somebody in the dialog of a move. */
export async function pick(page: Page, { id, username }: Member): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByTestId('people-search').fill(username);
  await dialog.locator(`[data-testid="person-option"][data-person="${id}"]`).click();
}

export function move(page: OrderPage, name: string): Locator {
  return page.turn.getByTestId(`move-${name}`);
}

/** Whoever looks at the order reads this in its timeline. */
export async function expectTold(pages: readonly OrderPage[], ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await Promise.all(pages.map(({ timeline }) => expect(timeline).toContainText(text)));
}
