import t from 'tap';
import { runDocuments } from './helpers/run-documents.js';

runDocuments(t, /^(docs\/[a-i]|chart)/);
