const compressedTypes = new Set([
  'application/pdf',
  'application/zip',
  'application/x-zip-compressed',
  'application/gzip',
  'application/x-7z-compressed',
  'application/epub+zip',
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/avif',
]);

const compressedExtensions = /\.(?:pdf|zip|gz|7z|rar|jpe?g|png|gif|webp|avif|docx|xlsx|pptx|od[tsp]|epub)$/i;

/** Whether deflating would only cost time: such content is stored in an archive as it is. */
export function isAlreadyCompressed(file: { contentType: string; fileName: string }): boolean {
  const type = file.contentType.split(';', 1)[0]!.trim().toLowerCase();
  return (
    compressedTypes.has(type) ||
    type.startsWith('application/vnd.openxmlformats-') ||
    type.startsWith('application/vnd.oasis.opendocument.') ||
    compressedExtensions.test(file.fileName)
  );
}
