import { startCompiling } from './compile-template.js';
import { freezeIntrinsics } from './freeze-intrinsics.js';
import { freezeClock } from './frozen-clock.js';
import { makeInvoiceHelpers } from './invoice-helpers.js';
import { templateNames } from './isolate-contract.js';
import { startRendering } from './render-jobs.js';

/** Evaluated after vash's own source: gives the function of {@link startCompiling}. */
export const compilingSource = `'use strict'; (${startCompiling})(globalThis.vash)`;

/**
 * Evaluated in each program's isolate: gives the function of {@link startRendering}. Strict, so that a template, which
 * is not, finds no `arguments.callee.caller`: it would lead to the data of other mails.
 */
export const renderingSource = `'use strict'; (${startRendering})({
  freezeIntrinsics: ${freezeIntrinsics},
  freezeClock: ${freezeClock},
  makeInvoiceHelpers: ${makeInvoiceHelpers},
  templateNames: ${JSON.stringify(templateNames)},
})`;
