import { simulationBehaviour } from './simulation.behaviour.js';

simulationBehaviour(2, 2);
