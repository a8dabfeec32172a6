import { expect, type Locator, type Page } from '@playwright/test';
import type { NodeState } from '../../src/diagram/model';
import type { OrderStatus, OrderSummary, Values } from '../../src/orders/page/types';
import type { FlowSummary } from '../../src/flows/types';
import { group, publish } from './flows';
import type { Member, Team } from './team';

let made = 0;

function unique(name: string): string {
  made += 1;
  return `${name}-${process.pid}-${made}`;
}

/** A purchase: some are told of it, the first decides, then the second. */
export async function publishPurchase(
  team: Team,
  { told, first, second }: { told: readonly Member[]; first: Member; second: Member },
): Promise<FlowSummary> {
  const watchers = await group(team, 'Watchers', told);
  const lead = await group(team, 'Manager', [first]);
  const finance = await group(team, 'Finance', [second]);
  return publish(
    team,
    `
flow: NAME
name: {zh: 采购, en: Purchase}
title: '{what}'
form:
  - {id: what, label: {zh: 采购内容, en: What}, type: text, required: true, max: 80}
  - {id: amount, label: {zh: 金额, en: Amount}, type: money, required: true, min: 1}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start}
  - {id: tell, name: {zh: 抄送, en: Tell}, kind: cc, who: [{group: ${watchers.name}}]}
  - {id: lead, name: {zh: 主管审批, en: Manager}, kind: approve, who: [{group: ${lead.name}}]}
  - {id: finance, name: {zh: 财务审批, en: Finance}, kind: approve, who: [{group: ${finance.name}}]}
  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: tell}
  - {from: tell, to: lead}
  - {from: lead, to: finance}
  - {from: finance, to: end}
`,
  );
}

/** One step that any of these people decides. */
export async function publishRequest(team: Team, people: readonly Member[]): Promise<FlowSummary> {
  const askers = await group(team, 'Askers', people);
  return publish(
    team,
    `
flow: NAME
name: {zh: 申请, en: Request}
title: '{what}'
form:
  - {id: what, label: {zh: 内容, en: What}, type: text, required: true}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start}
  - {id: ask, name: {zh: 审批, en: Ask}, kind: approve, who: [{group: ${askers.name}}], rule: any}
  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: ask}
  - {from: ask, to: end}
`,
  );
}

/** An order that is on its way. */
export async function submitted(requester: Member, flow: string, form: Values): Promise<OrderSummary> {
  const draft = await requester.api.post<OrderSummary>('/api/orders', { command: unique('draft'), flow, form });
  return requester.api.post<OrderSummary>(`/api/orders/${draft.id}/submit`, { command: unique('submit'), form });
}

/** The page of an order, as a person sees and uses it. */
export class OrderPage {
  readonly page: Page;
  readonly turn: Locator;
  readonly timeline: Locator;
  readonly chat: Locator;

  constructor(page: Page) {
    this.page = page;
    this.turn = page.getByTestId('your-turn');
    this.timeline = page.getByTestId('timeline');
    this.chat = page.getByTestId('conversation');
  }

  node(id: string): Locator {
    return this.page.getByTestId('diagram-pane').locator(`[data-node="${id}"][data-state]`).first();
  }

  async expectNode(id: string, state: NodeState): Promise<void> {
    await expect(this.node(id)).toHaveAttribute('data-state', state);
  }

  async expectStatus(status: OrderStatus): Promise<void> {
    await expect(this.page.getByTestId('order')).toHaveAttribute('data-status', status);
  }

  /** A move from the menu beside the buttons. */
  async chooseMore(name: string): Promise<void> {
    await this.turn.getByTestId('more-moves').first().click();
    await this.page.getByRole('menuitem', { name }).click();
  }

  async explain(reason: string): Promise<void> {
    await this.page.getByTestId('move-words').fill(reason);
    await this.page.getByTestId('move-send').click();
    await expect(this.page.getByTestId('move-send')).toHaveCount(0);
  }

  /** From here on the page tells whether it was loaded again. */
  async mark(): Promise<void> {
    await this.page.evaluate(() => document.documentElement.setAttribute('data-marked', ''));
  }

  async expectNoReload(): Promise<void> {
    await expect(this.page.locator('html[data-marked]')).toHaveCount(1);
  }
}
