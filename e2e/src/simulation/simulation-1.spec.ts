import { simulationBehaviour } from './simulation.behaviour.js';

simulationBehaviour(1, 2);
