import { describe, expect, it } from 'vitest';
import { inOrder, moveOf } from './moves';
import type { LegalMove, MoveName } from './types';

const legal = (move: MoveName, more: Partial<LegalMove> = {}): LegalMove => ({ move, task: 3, reason_required: true, ...more });

describe('one press', () => {
  it('approves, with the remark if there is one', () => {
    expect(moveOf(legal('approve', { reason_required: false }), {})).toEqual({ move: 'approve', task: 3 });
    expect(moveOf(legal('approve', { reason_required: false }), { words: 'fine' })).toEqual({ move: 'approve', task: 3, comment: 'fine' });
  });

  it('sends the changed form along', () => {
    expect(moveOf(legal('resubmit'), { form: { days: 2 } })).toEqual({ move: 'resubmit', task: 3, form: { days: 2 } });
  });

  it('never refuses, although a remark stands there', () => {
    expect(moveOf(legal('reject'), { words: 'too expensive' })).toBeNull();
    expect(moveOf(legal('withdraw'), { words: 'mistake' })).toBeNull();
  });
});

describe('the dialog', () => {
  it('rejects with a reason only', () => {
    expect(moveOf(legal('reject'), { words: '', to: 'requester' })).toBeNull();
    expect(moveOf(legal('reject'), { words: 'no', to: 'requester' })).toEqual({ move: 'reject', task: 3, reason: 'no' });
  });

  it('returns to a node, or to the requester', () => {
    expect(moveOf(legal('return'), { words: 'price', to: 'lead' })).toMatchObject({ move: 'return', to: 'lead' });
    expect(moveOf(legal('return'), { words: 'price', to: 'requester' })).toMatchObject({ to: 'requester' });
  });

  it('hands over to one person, and adds signers to several', () => {
    expect(moveOf(legal('transfer'), { words: 'away', people: [] })).toBeNull();
    expect(moveOf(legal('transfer'), { words: 'away', people: [8] })).toEqual({ move: 'transfer', task: 3, to: 8, reason: 'away' });
    expect(moveOf(legal('add_signer'), { words: 'law', people: [8, 9], when: 'after' })).toEqual({
      move: 'add_signer',
      task: 3,
      people: [8, 9],
      when: 'after',
      reason: 'law',
    });
  });

  it('withdraws without a reason where none is required', () => {
    expect(moveOf(legal('withdraw', { reason_required: false }), { words: '', to: 'requester' })).toEqual({ move: 'withdraw', reason: '' });
  });
});

it('the most likely move comes first', () => {
  const moves = inOrder([legal('force_close'), legal('transfer'), legal('reject'), legal('approve')]);
  expect(moves.map(({ move }) => move)).toEqual(['approve', 'reject', 'transfer', 'force_close']);
});
