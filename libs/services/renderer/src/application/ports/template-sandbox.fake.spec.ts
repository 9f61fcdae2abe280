import { describeTemplateSandbox } from './template-sandbox.behaviour.js';
import { FakeTemplateSandbox } from './template-sandbox.fake.js';

describeTemplateSandbox('FakeTemplateSandbox', () => new FakeTemplateSandbox());
