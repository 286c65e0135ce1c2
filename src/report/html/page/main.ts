import { copyOnClick } from './copy.ts'
import { filterCells } from './filter-cells.ts'
import { foldScenarios } from './fold-scenarios.ts'
import { moveInTables } from './move-in-tables.ts'
import { showEvidence } from './show-evidence.ts'
import { toggleTheme } from './toggle-theme.ts'

// What needs this program is hidden without it; what stands in for it on paper is hidden with it.
document.documentElement.classList.add('live')
toggleTheme()
foldScenarios()
filterCells()
moveInTables()
copyOnClick()
showEvidence()
