import { readFile } from 'node:fs/promises';
import type { FlowSummary } from '../../src/flows/types';
import type { OrderSummary } from '../../src/orders/page/types';
import type { Member, Team } from './team';

let made = 0;

/** Publishes a flow under a name that no other test uses; the text calls itself `NAME` where that is to stand. */
export async function publish(team: Team, text: string): Promise<FlowSummary> {
  made += 1;
  const name = `flow-${process.pid}-${made}`;
  return team.admin.api.post('/api/flows', { yaml: text.replaceAll('NAME', name) });
}

/** One of the flows that come with the product, under a name of its own; the administrator is in all its groups. */
export async function publishSample(team: Team, sample: 'leave' | 'purchase' | 'access'): Promise<FlowSummary> {
  const { groups } = await team.admin.api.get<{ groups: { name: string }[] }>('/api/groups');
  for (const name of ['leads', 'finance', 'ops']) {
    if (groups.some((group) => group.name === name)) continue;
    await team.admin.api.post('/api/groups', { name, title: name, people: [team.admin.id] });
  }
  const text = await readFile(`../crates/flow/flows/${sample}.yaml`, 'utf8');
  return publish(team, text.replace(`flow: ${sample}`, 'flow: NAME'));
}

/** A group under a name that no other test uses. */
export async function group(team: Team, title: string, people: readonly Member[]): Promise<{ id: number; name: string }> {
  made += 1;
  const name = `group-${process.pid}-${made}`;
  return team.admin.api.post('/api/groups', { name, title, people: people.map(({ id }) => id) });
}

export async function setManager(team: Team, person: Member, manager: Member): Promise<void> {
  await team.admin.api.patch(`/api/people/${person.id}`, { manager: manager.id });
}

/** The orders that somebody asked for, the newest first. */
export async function ordersOf({ api }: Member, flow: string): Promise<OrderSummary[]> {
  const { orders } = await api.get<{ orders: OrderSummary[] }>(`/api/orders?box=mine&flow=${flow}`);
  return orders;
}

/** Every type of field, and the manager at the end. */
export const everyField = `
flow: NAME
name: {zh: 各种字段, en: Every field}
description: {zh: 每种类型一个字段, en: One field of each type}
title: '{title}'
form:
  - {id: title, label: {zh: 标题, en: Title}, type: text, required: true, max: 20}
  - id: kind
    label: {zh: 类型, en: Kind}
    type: choice
    required: true
    options:
      - {value: plain, label: {zh: 普通, en: Plain}}
      - {value: other, label: {zh: 其他, en: Other}}
  - {id: why, label: {zh: 原因, en: Why}, type: long_text, required: true, shown_if: kind == "other"}
  - {id: days, label: {zh: 天数, en: Days}, type: number, required: true, min: 1, max: 30, whole: true}
  - {id: budget, label: {zh: 预算, en: Budget}, type: money, min: 0, max: 5000}
  - {id: when, label: {zh: 日期, en: When}, type: date, required: true}
  - id: place
    label: {zh: 地点, en: Place}
    type: choice
    options: [{value: north, label: {zh: 北, en: North}}, {value: south, label: {zh: 南, en: South}}]
  - id: needs
    label: {zh: 需要, en: Needs}
    type: choices
    max: 1
    options: [{value: vpn, label: VPN}, {value: phone, label: {zh: 手机, en: Telephone}}]
  - {id: deputy, label: {zh: 代理人, en: Deputy}, type: person, required: true}
  - {id: team, label: {zh: 小组, en: Team}, type: group}
  - {id: papers, label: {zh: 附件, en: Papers}, type: file, max: 2}
  - id: items
    label: {zh: 明细, en: Items}
    type: table
    required: true
    columns:
      - {id: what, label: {zh: 名称, en: Item}, type: text, required: true}
      - {id: price, label: {zh: 单价, en: Price}, type: money, required: true, min: 0.01}
nodes:
  - {id: start, name: {zh: 开始, en: Start}, kind: start}
  - {id: manager, name: {zh: 主管审批, en: The manager}, kind: approve, who: [manager]}
  - {id: end, name: {zh: 结束, en: End}, kind: end}
links:
  - {from: start, to: manager}
  - {from: manager, to: end}
`;
