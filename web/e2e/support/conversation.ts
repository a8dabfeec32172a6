import { expect, type Locator, type Page } from '@playwright/test';
import type { Transport } from '../../src/api/types';
import type { Member } from './team';

/** Twenty browsers on two processors take their time. */
const IN_THE_END_MS = 120_000;

/** People who open their pages at the same time. */
const AT_ONCE = 5;

export interface ShownMessage {
  seq: number;
  text: string;
}

/** The open room of a page, as a person sees and uses it. */
export class Conversation {
  readonly page: Page;
  readonly composer: Locator;
  /** Messages that stand in the log; those on their way have no number yet. */
  readonly messages: Locator;
  readonly pending: Locator;

  constructor(page: Page) {
    this.page = page;
    this.composer = page.getByTestId('composer');
    this.messages = page.locator('[data-testid="message"][data-seq]');
    this.pending = page.locator('[data-testid="message"][data-pending]');
  }

  message(text: string | RegExp): Locator {
    return this.messages.filter({ has: this.page.getByTestId('message-text').getByText(text, { exact: true }) });
  }

  /** Writes and presses Enter; it is on its way then, and not yet in the log. */
  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await expect(this.composer).toHaveValue('');
  }

  async say(text: string): Promise<void> {
    await this.write(text);
    await expect(this.message(text)).toBeVisible();
  }

  async expectTransport(transport: Exclude<Transport, 'auto'>): Promise<void> {
    await expect(this.page.getByTestId('connection-transport')).toHaveAttribute('data-transport', transport);
  }

  /** The menu of a message, as one opens it with the mouse. */
  async choose(message: Locator, action: string): Promise<void> {
    await message.hover();
    await message.getByRole('button', { name: 'More actions' }).click();
    await this.page.getByRole('menuitem', { name: action }).click();
  }

  /** What is drawn, from top to bottom. Long rooms draw only a part. */
  shown(): Promise<ShownMessage[]> {
    return this.messages.evaluateAll((messages) =>
      messages.map((message) => ({
        seq: Number(message.getAttribute('data-seq')),
        text: message.querySelector('[data-testid="message-text"]')?.textContent?.trim() ?? '',
      })),
    );
  }
}

/** So high that the list, which draws only what can be seen, draws all of a short room. */
const highWindow = { width: 480, height: 6_000 };

/** Everybody sees these messages and no others, each once, and all in the order that comes back. */
export async function expectSameMessages(
  conversations: readonly Conversation[],
  texts: readonly string[],
): Promise<ShownMessage[]> {
  const inTheEnd = expect.configure({ timeout: IN_THE_END_MS });
  await Promise.all(conversations.map((one) => inTheEnd.poll(() => one.pending.allInnerTexts()).toEqual([])));
  const expected = [...texts].sort();
  const [order = [], ...others] = await Promise.all(
    conversations.map(async (one) => {
      const window = one.page.viewportSize() ?? highWindow;
      await one.page.setViewportSize(highWindow);
      // The list learns its heights while it draws, and leaves lines out for some frames meanwhile: only what is
      // looked at in one go counts.
      let shown: ShownMessage[] = [];
      await inTheEnd.poll(async () => (shown = await one.shown()).map(({ text }) => text).sort()).toEqual(expected);
      // Drawing so much again with every message would keep the machine busy.
      await one.page.setViewportSize(window);
      return shown;
    }),
  );
  expect(order.map(({ seq }) => seq)).toEqual(order.map(({ seq }) => seq).sort((one, other) => one - other));
  for (const other of others) expect(other).toEqual(order);
  return order;
}

/** Everybody looks at the room, and hears what is said. A few come at a time, as they do. */
export async function everybodyOpens(people: readonly Member[], open: (person: Member) => Promise<Page>): Promise<Page[]> {
  const pages: Page[] = [];
  const opened = async (person: Member) => {
    const page = await open(person);
    await expect(page.getByTestId('connection-status')).toHaveAttribute('data-status', 'online', { timeout: 60_000 });
    return page;
  };
  for (let from = 0; from < people.length; from += AT_ONCE) {
    pages.push(...(await Promise.all(people.slice(from, from + AT_ONCE).map(opened))));
  }
  return pages;
}
