export { examplePins, PackageMessageBuilder, testSecrets } from './package-message.builder.js';
