import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page is built to dist/web; `npm start` does so when it is missing or older than its source. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    rolldownOptions: { input: ['index.html', 'measures.html'].map((name) => join(import.meta.dirname, name)) },
    target: 'es2024',
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4620' } },
});
