import { api, withQuery } from '../api/client';
import { Resource } from '../ui/resource.svelte';
import { zoneText } from './figures';
import type { Dashboard } from './types';

/** The least time between two readings, however much happens. */
const restMs = 2_000;

/** The figures, read again a little after something has happened. */
export class LiveDashboard {
  days = $state(30);
  readonly resource: Resource<Dashboard>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #readAt = 0;

  constructor() {
    this.resource = new Resource((signal) => {
      this.#readAt = Date.now();
      return api.get<Dashboard>(withQuery('/api/dashboard', { days: this.days, zone: zoneText() }), { signal });
    });
  }

  load(): void {
    this.stop();
    void this.resource.load();
  }

  /** Something was counted: the figures have changed. Hidden pages read when they are looked at again. */
  changed(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#readAt + restMs - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (document.visibilityState === 'visible') void this.resource.load();
    }, wait);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.resource.stop();
  }
}
