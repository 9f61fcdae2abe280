export { mailsBelongTogether } from './belonging.rule.js';
export { booksInOrder } from './books.rule.js';
export { copiesAreAskedFor } from './copies.rule.js';
export { countersEqualRows } from './counters.rule.js';
export { archivesProtected } from './protection.rule.js';
export { eachInvoiceOnce, noCopyTwice, receiptsAreClaimed, sentIsReceived } from './receipts.rule.js';
export { oneResultForEachInvoice } from './results.rule.js';
export { everyMessageSettled } from './settled.rule.js';
