import { createRoot } from 'react-dom/client';
import './map/map.css';
import './styles.css';
import { App } from './app.tsx';
import { follow } from './live.ts';
import { startWords } from './words/words.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');
await startWords();
createRoot(root).render(<App />);
await follow();
