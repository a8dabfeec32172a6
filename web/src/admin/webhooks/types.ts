import type { components } from '../../api/schema';

type Schemas = components['schemas'];

export type Webhook = Schemas['Webhook'];
export type WebhookEvent = Schemas['WebhookEvent'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
/** With the secret, which is shown only once. */
export type WebhookWithSecret = Schemas['SavedWebhook'];

/** Those that an endpoint chooses from; a test comes when somebody asks for it. */
export const webhookEvents = [
  'order.submitted',
  'order.decided',
  'order.ended',
  'run.started',
  'run.ended',
  'host.failed',
] as const satisfies readonly WebhookEvent[];
