import type { CustomerSnapshot, InvoiceSnapshot, OutputType, RunPins } from '@mailrun/contracts';

/**
 * How a part's result is treated: `line` is one line of plain text (subject, file name), the others are the output
 * types of bodies and documents. HTML and XML escape what the template inserts, the others do not.
 */
export type PartOutput = 'line' | OutputType;

/** One template: `label` names it for people ("HTML body"), `source` is Razor. */
export interface TemplatePart {
  readonly label: string;
  readonly output: PartOutput;
  readonly source: string;
}

/**
 * Templates that are rendered together, from one model, in one call into the sandbox. Its isolate is kept and reused
 * for as long as tenant and sources stay the same, so nothing crosses from one tenant or version to another.
 */
export interface TemplateProgram {
  /** Tenant and content of the parts: equal keys mean equal programs. */
  readonly key: string;
  readonly parts: readonly TemplatePart[];
}

/** What templates see beside customer and invoices; the same for every mail of a run. */
export interface RunModel {
  readonly run?: RunPins['run'];
  readonly definition?: RunPins['definition'];
  /** Keys that `image("…")` may name; absent means any. */
  readonly imageKeys?: readonly string[];
}

/** One rendering: which part, with which of the job's invoices as `invoice`. */
export interface Rendering {
  readonly part: number;
  readonly invoice: number;
}

/** One mail or document to render. */
export interface RenderJob {
  readonly program: TemplateProgram;
  readonly shared: RunModel;
  readonly customer: CustomerSnapshot;
  readonly invoices: readonly InvoiceSnapshot[];
  /** What `new Date()` gives inside, in milliseconds: a message can be rendered again identically. */
  readonly nowMs: number;
  /** Seeds `Math.random()`. */
  readonly seed: number;
  readonly renderings: readonly Rendering[];
}
