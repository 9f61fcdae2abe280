import type { TemplateFault } from '../../domain/template-fault.js';
import type { RenderJob, TemplatePart } from '../../domain/template-program.js';

/** What became of one job: its results in the order of its renderings, or the first fault. */
export type RenderOutcome =
  | { readonly kind: 'rendered'; readonly results: readonly string[] }
  | { readonly kind: 'failed'; readonly fault: TemplateFault };

/**
 * Compiles and runs templates where they can reach nothing and harm nobody. One job's endless loop, hunger for
 * memory or crash is its own outcome and never its neighbours'.
 */
export abstract class TemplateSandbox {
  /** One outcome for each job, in order. Throws an Outage only: what a template does never rejects. */
  abstract render(jobs: readonly RenderJob[]): Promise<readonly RenderOutcome[]>;

  /** Why the parts do not compile, with line and column; empty when they do. Renders nothing. */
  abstract check(parts: readonly TemplatePart[]): Promise<readonly TemplateFault[]>;
}
