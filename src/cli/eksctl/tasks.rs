//! What a command is about to do, told as a tree (eksctl's `TaskTree.Describe`).

/// A task or a group of tasks.
#[derive(Clone, Debug)]
pub enum Task {
    /// One thing to do.
    One(String),
    /// Several.
    Tree(TaskTree),
}

/// Tasks that are done together.
#[derive(Clone, Debug, Default)]
pub struct TaskTree {
    /// The tasks, in order.
    pub tasks: Vec<Task>,
    /// At the same time.
    pub parallel: bool,
    /// Part of another tree.
    pub is_sub_task: bool,
    /// Told but not done.
    pub plan_mode: bool,
}

impl TaskTree {
    /// The text.
    pub fn describe(&self) -> String {
        let told: Vec<String> = self
            .tasks
            .iter()
            .map(|task| match task {
                Task::One(text) => text.clone(),
                Task::Tree(tree) => tree.describe(),
            })
            .map(|text| text.strip_suffix('\n').unwrap_or(&text).to_string())
            .collect();
        let noun = if self.is_sub_task { "sub-task" } else { "task" };
        match told.as_slice() {
            [] => return "no tasks".into(),
            [one] if self.is_sub_task => return one.clone(),
            [one] => return format!("1 {noun}: {{ {one} }}"),
            _ => {}
        }
        let mode = if self.parallel { "parallel" } else { "sequential" };
        let count = told.len();
        let text = if self.is_sub_task {
            let mut text = format!("\n    {count} {mode} sub-tasks: {{ \n");
            for child in &told {
                text.push_str(&indented(child));
                text.push_str(",\n");
            }
            text + "    }"
        } else {
            format!("\n{count} {mode} tasks: {{ {} \n}}", told.join(", "))
        };
        format!("{}{text}\n", if self.plan_mode { "(plan) " } else { "" })
    }
}

/// A child of a sub-task: a tree of sub-tasks moves in by one step, line by line; anything else begins at two.
fn indented(child: &str) -> String {
    if !child.contains("sub-task") {
        return format!("        {child}");
    }
    let tree = child.strip_prefix('\n').unwrap_or(child);
    tree.split('\n').map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
