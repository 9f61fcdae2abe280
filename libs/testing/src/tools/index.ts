export { describeWithTools, requireTool } from './require-tool.js';
export { findTool, type ToolName } from './tool-list.js';
