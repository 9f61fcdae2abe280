import type { Drill } from '../../drill.js';
import { sealedMailDamaged } from './sealed-mail-damaged.js';
import { lostAfterSending, lostBeforeSending } from './sealed-mail-lost.js';
import { storeFails } from './store-fails.js';

/** Faults of the blob store. */
export const storeDrills: readonly Drill[] = [
  ...storeFails,
  sealedMailDamaged,
  lostBeforeSending,
  lostAfterSending,
];
