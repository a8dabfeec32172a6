/** What may stand beside a conversation. */
export type Panel = 'people' | 'search';
