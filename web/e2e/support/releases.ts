import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import type { HostState, RunState, Runs } from '../../src/releases/types';
import { group, publish } from './flows';
import { OrderPage, submitted } from './orders';
import type { Member, Team } from './team';

let made = 0;

/** A group of hosts that are all this machine, each with a folder of its own there. */
export async function hosts(team: Team, count: number): Promise<{ group: string; names: string[] }> {
  made += 1;
  const name = `web-${process.pid}-${made}`;
  await team.admin.api.post('/api/host-groups', { name, title: 'Web servers' });
  const names = Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
  for (const host of names) {
    await team.admin.api.post('/api/hosts', { name: host, address: 'local', username: 'nobody', groups: [name] });
  }
  return { group: name, names };
}

/** They may start a release of everything to everywhere. */
export async function mayRelease(team: Team, { id }: Member): Promise<void> {
  const permissions = [{ permission: 'start_release', application: '*', environment: '*' }];
  await team.admin.api.put(`/api/people/${id}/permissions`, { permissions });
}

/** The flow that comes with the product, for these people and hosts. */
export async function publishWebsite(team: Team, operations: readonly Member[], web: string): Promise<string> {
  const ops = await group(team, 'Operations', operations);
  const text = await readFile('../crates/flow/flows/website.yaml', 'utf8');
  const { flow } = await publish(
    team,
    text
      .replace('flow: website', 'flow: NAME')
      .replaceAll('group: ops', `group: ${ops.name}`)
      .replaceAll('group: web', `group: ${web}`)
      .replaceAll('application: web', 'application: NAME')
      // Nobody waits in a test.
      .replace('pause: 5s', 'pause: 1s'),
  );
  return flow;
}

interface Step {
  script: string;
  /** Hosts that it runs on; left out: the server itself. */
  on?: string;
  /** More keys of the node, one a line. */
  more?: readonly string[];
}

/** A flow that only runs this script; the requester may do with it what releasers may. */
export async function publishRun(team: Team, { script, on, more = [] }: Step): Promise<string> {
  const { flow } = await publish(
    team,
    `
flow: NAME
name: {zh: 执行, en: Run}
title: '{what}'
form:
  - {id: what, label: {zh: 内容, en: What}, type: text, required: true}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start}
  - id: push
    name: {zh: 推送, en: Push}
    kind: run
    script: |
${script
  .trim()
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
    releasers: [requester]
${on === undefined ? '' : `    on: {group: ${on}}\n`}${more.map((line) => `    ${line}\n`).join('')}  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: push}
  - {from: push, to: end}
`,
  );
  return flow;
}

/** An order of a flow that only runs this script. */
export async function released(team: Team, requester: Member, step: Step): Promise<number> {
  const { id } = await submitted(requester, await publishRun(team, step), { what: 'A release' });
  return id;
}

export function runs(who: Member, order: number): Promise<Runs> {
  return who.api.get(`/api/orders/${order}/runs`);
}

/** The output of a run on the page of its order. */
export class RunPage extends OrderPage {
  readonly panel: Locator;
  readonly lines: Locator;

  constructor(page: Page) {
    super(page);
    this.panel = page.getByTestId('run-panel');
    this.lines = this.panel.getByTestId('output-lines');
  }

  /** Opens the output of a run node, or of one of its hosts (`push/web-1`). */
  async open(part = 'push'): Promise<void> {
    // Layers of a long diagram may lie over each other while it moves.
    await this.node(part).dispatchEvent('click');
    await expect(this.panel).toBeVisible();
  }

  host(name: string): Locator {
    return this.panel.locator(`[data-testid="host-tab"][data-host="${name}"]`);
  }

  attempt(number: number): Locator {
    return this.panel.locator(`[data-testid="attempt"][data-attempt="${number}"]`);
  }

  async expectHost(name: string, state: HostState): Promise<void> {
    await expect(this.host(name)).toHaveAttribute('data-state', state);
  }

  async expectRun(state: RunState): Promise<void> {
    await expect(this.panel).toHaveAttribute('data-state', state);
  }
}
