import { expect, type Locator, type Page } from '@playwright/test';

/** Where something is on the canvas, from its upper left corner. */
export type Place = readonly [number, number];

/** The editor of a flow, as a person with a mouse, or with a keyboard alone, uses it. */
export class Editor {
  readonly page: Page;
  readonly canvas: Locator;
  readonly publish: Locator;
  readonly clean: Locator;

  constructor(page: Page) {
    this.page = page;
    this.canvas = page.getByRole('group', { name: 'Diagram of the flow' });
    this.publish = page.getByRole('button', { name: 'Publish', exact: true });
    this.clean = page.getByText('Nothing is wrong');
  }

  /** Nodes say their name first. */
  node(name: string): Locator {
    return this.canvas.getByRole('button', { name: new RegExp(`^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}(,|$)`) });
  }

  tab(name: string): Locator {
    return this.page.getByRole('navigation', { name: 'Parts of the editor' }).getByRole('link', { name });
  }

  async expectSaved(): Promise<void> {
    await expect(this.page.getByTestId('draft-state')).toHaveAttribute('data-state', 'saved');
  }

  async #point([x, y]: Place): Promise<Place> {
    const box = await this.canvas.boundingBox();
    return [(box?.x ?? 0) + x, (box?.y ?? 0) + y];
  }

  async #middle(locator: Locator): Promise<Place> {
    const box = await locator.boundingBox();
    if (box === null) throw new Error(`${String(locator)} is not on the page`);
    return [box.x + box.width / 2, box.y + box.height / 2];
  }

  async #drag(from: Place, to: Place): Promise<void> {
    await this.page.mouse.move(...from);
    await this.page.mouse.down();
    await this.page.mouse.move(...to, { steps: 5 });
    await this.page.mouse.up();
  }

  /** With the mouse: from the palette to a place, and a name for it. */
  async drop(kind: string, place: Place, name: string): Promise<void> {
    await this.#drag(await this.#middle(this.page.getByRole('button', { name: `Add ${kind}`, exact: true })), await this.#point(place));
    const point = await this.#point(place);
    await this.page.mouse.dblclick(...point);
    await this.page.getByLabel('New name').fill(name);
    await this.page.keyboard.press('Enter');
    await expect(this.node(name)).toBeVisible();
  }

  async moveTo(name: string, place: Place): Promise<void> {
    await this.#drag(await this.#middle(this.node(name)), await this.#point(place));
  }

  /** With the mouse: from the handle that a node shows. */
  async draw(from: string, to: string): Promise<void> {
    await this.page.mouse.move(...(await this.#middle(this.node(from))));
    // The handle follows the mouse from node to node: it is waited for until it stands still.
    await this.canvas.locator('[data-port]').filter({ hasText: `Draw a link from ${from}` }).hover();
    await this.page.mouse.down();
    await this.page.mouse.move(...(await this.#middle(this.node(to))), { steps: 5 });
    await this.page.mouse.up();
    await expect(this.page.getByRole('complementary', { name: 'Properties' })).toContainText(`${from} → ${to}`);
  }

  /** With the keyboard: Tab until it is there. */
  async tabTo(locator: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 120; presses += 1) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press(key);
    }
    throw new Error(`${key} never reaches ${String(locator)}`);
  }

  /** With the keyboard, from the node that has it: to a new node, which gets a name. */
  async addAfter(kind: string, name: string): Promise<void> {
    await this.#choose(kind);
    await this.page.keyboard.press('F2');
    await expect(this.page.getByLabel('New name')).toBeFocused();
    await this.page.keyboard.type(name);
    await this.page.keyboard.press('Enter');
    await expect(this.node(name)).toBeFocused();
  }

  /** With the keyboard, from the node that has it: to one that is there. */
  async connectTo(name: string): Promise<void> {
    await this.#choose(name);
  }

  /** With the keyboard: over the links from one node to the next. */
  async goTo(name: string, ...arrows: readonly ('ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown')[]): Promise<void> {
    for (const arrow of arrows) await this.page.keyboard.press(`Alt+${arrow}`);
    await expect(this.node(name)).toBeFocused();
  }

  async #choose(wanted: string): Promise<void> {
    await this.page.keyboard.press('c');
    await expect(this.page.getByLabel('Search nodes')).toBeFocused();
    await this.page.keyboard.type(wanted);
    await this.page.keyboard.press('Enter');
    await expect(this.page.getByRole('dialog')).toBeHidden();
  }
}
