/** Seconds until something may be tried again. */
export class Countdown {
  seconds = $state(0);
  #timer: ReturnType<typeof setInterval> | undefined;

  start(seconds: number): void {
    this.stop();
    const endsAt = Date.now() + seconds * 1000;
    this.seconds = seconds;
    // Asks the clock instead of counting: timers of a hidden tab run late.
    this.#timer = setInterval(() => {
      this.seconds = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
      if (this.seconds === 0) this.stop();
    }, 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
