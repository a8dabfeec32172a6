import { expect, type Locator, type Page } from '@playwright/test';
import type { Member } from './team';

/** The page of an order that is still being written. */
export class DraftPage {
  readonly page: Page;
  readonly saved: Locator;
  readonly submit: Locator;

  constructor(page: Page) {
    this.page = page;
    this.saved = page.getByTestId('saved');
    this.submit = page.getByTestId('submit');
  }

  /** The draft is there, and everything in it is on the server. */
  async expectSaved(): Promise<void> {
    await expect(this.saved).toHaveAttribute('data-state', 'saved');
  }

  get id(): number {
    return Number(/\/orders\/(\d+)/.exec(this.page.url())?.[1]);
  }

  field(id: string): Locator {
    return this.page.locator(`[data-field="${id}"]`).first();
  }

  /** A step of the preview, by its node. */
  step(node: string): Locator {
    return this.page.locator(`[data-step="${node}"]`);
  }

  /** Types the username, for others may have the same name, and takes the person. */
  async choosePerson(box: Locator, { id, username }: Member): Promise<void> {
    await box.fill(username);
    await this.page.locator(`[data-testid="person-option"][data-person="${id}"]`).click();
  }
}
