import type { BrowserContext, ConsoleMessage, Page } from '@playwright/test';

/** Requests that failed or were refused; each test knows by itself which of them are right. */
const aboutTheNetwork = [/^Failed to load resource/, /^WebSocket connection to/, /net::ERR_/];

/**
 * Everything that a page of this context may never do: break the Content-Security-Policy or Trusted Types,
 * throw, leave a rejection unhandled, or write an error or a warning.
 */
export function watchForComplaints(context: BrowserContext): string[] {
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(`not caught: ${error.error().stack ?? error.error()}`));
  context.on('console', (message) => {
    if (isComplaint(message)) complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on('page', (page: Page) => page.on('crash', () => complaints.push('the page crashed')));
  return complaints;
}

function isComplaint(message: ConsoleMessage): boolean {
  if (message.type() !== 'error' && message.type() !== 'warning') return false;
  return !aboutTheNetwork.some((pattern) => pattern.test(message.text()));
}
