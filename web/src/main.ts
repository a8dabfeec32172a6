import { mount } from 'svelte';
import App from './App.svelte';
import { theme } from './theme.svelte';
import './ui/base.css';

// Before anything is drawn, so that a chosen theme never flashes the other one.
theme.apply();

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');
mount(App, { target });
