import type { components } from '../api/schema';

type Schemas = components['schemas'];

/** What the server counted. */
export type Dashboard = Schemas['Dashboard'];
export type DashboardDay = Schemas['DashboardDay'];
