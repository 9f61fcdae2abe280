import { ArchiverArchiveWriter } from '@mailrun/service-packager';
import { invoiceDocument } from '../content/documents.js';
import type { Benchmark } from '../frame/benchmark.js';
import { bestOfRounds, cpuDetails, measure } from '../frame/measure.js';

const usualSize = 1000;
const rounds = 3;
const password = 'customer password 1';
const modifiedAt = new Date('2025-06-01T08:00:00Z');

const kinds = [
  { name: 'a stored PDF', deflate: false },
  { name: 'a deflated CSV', deflate: true },
];

/** What encryption costs beside zipping alone, and what the library's own cipher would have cost. */
export const archives: Benchmark = {
  name: 'archives',
  what: 'AES-256 encrypted zip archives of a 50 kB document; against plain ones',
  deadlineMinutes: 5,
  run: async ({ size = usualSize }) => {
    const ours = new ArchiverArchiveWriter();
    const library = new ArchiverArchiveWriter('zip-library-aes');
    const contents = Array.from({ length: 20 }, () => invoiceDocument(50_000));
    const comparisons = [];
    for (const { name, deflate } of kinds) {
      const write = (writer: ArchiverArchiveWriter, isEncrypted: boolean, count: number) =>
        measure(count, async () => {
          for (let number = 0; number < count; number += 1) {
            const file = { fileName: 'invoice', content: contents[number % contents.length]!, deflate };
            await writer.write([file], { modifiedAt, password: isEncrypted ? password : undefined });
          }
        });
      const best = await bestOfRounds(rounds, {
        plain: () => write(ours, false, size),
        encrypted: () => write(ours, true, size),
        library: () => write(library, true, Math.ceil(size / 4)),
      });
      comparisons.push({
        name: `archives, ${name} of 50 kB`,
        unit: 'archives/s',
        baseline: best.plain.perSecond,
        measured: best.encrypted.perSecond,
        better: 'more' as const,
        details: {
          archives: size,
          ...cpuDetails('plain', best.plain),
          ...cpuDetails('encrypted', best.encrypted),
          'encrypted by archiver-zip-encrypted itself, archives/s': best.library.perSecond,
        },
      });
    }
    return comparisons;
  },
};
