import type { Field, Value } from '../types';

/** What every control gets. `onchange` tells each change, `onleave` that the person is done with it for now. */
export interface ControlProps {
  /** The id of the element that the label names. */
  id: string;
  field: Field;
  label: string;
  value: Value | undefined;
  invalid: boolean;
  describedBy?: string;
  onchange: (value: Value | undefined) => void;
  onleave: () => void;
}
