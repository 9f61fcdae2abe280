import type { JobHeader } from './isolate/isolate-contract.js';

/** One job as it came back: its results, or its header when it failed. */
export type RenderedJob = readonly string[] | Exclude<JobHeader, readonly number[]>;

/** Takes the isolate's answer apart: a line of JSON with a header for each job, then all results, joined. */
export function splitRendered(text: string): readonly RenderedJob[] {
  const endOfHeaders = text.indexOf('\n');
  const headers = JSON.parse(text.slice(0, endOfHeaders)) as readonly JobHeader[];
  let start = endOfHeaders + 1;
  return headers.map((header) =>
    isLengths(header) ? header.map((length) => text.slice(start, (start += length))) : header,
  );
}

const isLengths = (header: JobHeader): header is readonly number[] => Array.isArray(header);
