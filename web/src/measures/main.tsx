import { createRoot } from 'react-dom/client';
import '../styles.css';
import './measures.css';
import { startWords } from '../words/words.ts';
import { Workbench } from './workbench.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');
await startWords('measures.title');
createRoot(root).render(<Workbench />);
