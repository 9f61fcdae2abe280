export { RendererModule } from './renderer.module.js';
export { rendererSettings, type RendererSettings } from './application/renderer-settings.js';

// What benchmarks measure.
export { TemplateSandbox, type RenderOutcome } from './application/ports/template-sandbox.port.js';
export type { RenderJob, TemplatePart, TemplateProgram } from './domain/template-program.js';
export { defaultSandboxSettings, type SandboxSettings } from './outbound/sandbox/sandbox-settings.js';
export { VashSandbox } from './outbound/sandbox/vash-sandbox.js';
export { invoiceJobs, invoiceModel, invoiceTemplate } from './benchmark/thirty-line-invoice.js';
