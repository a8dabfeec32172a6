import type { Component } from 'svelte';

export interface MenuItem {
  label: string;
  icon?: Component<{ size?: number }>;
  onselect: () => void;
  danger?: boolean;
  disabled?: boolean;
  /** Given: this item is one of several choices, and this tells whether it holds. */
  checked?: boolean;
}

/** Groups are parted by lines; a heading is optional. */
export interface MenuGroup {
  heading?: string;
  items: MenuItem[];
}
