import type { MessageResult } from '@mailrun/contracts';
import { csvHeader, csvLine } from './result-lines.js';

const result: MessageResult = {
  id: '01900000-0000-7000-8000-000000000001',
  invoiceCode: '=cmd|calc',
  invoiceNumber: null,
  revision: 1,
  customerCode: 'C1',
  customerName: 'Smith, "Bob"\nLtd',
  status: 'sent',
  reason: null,
  statusText: 'Sent.',
  messageIds: ['a', 'b'],
  updatedAt: '2025-01-01T00:00:00.000Z',
};

describe('csvLine', () => {
  it('quotes what needs it, and lets no cell become a formula', () => {
    expect(csvLine(result)).toBe(
      `'=cmd|calc,,1,C1,"Smith, ""Bob""\nLtd",sent,,Sent.,,a b,2025-01-01T00:00:00.000Z\r\n`,
    );
  });

  it('has as many cells as the header', () => {
    expect(csvHeader.split(',')).toHaveLength(11);
  });
});
